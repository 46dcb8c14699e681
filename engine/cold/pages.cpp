#include "cold/pages.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "abi/killswitch.h"
#include "cold/page_birth.hpp"
#include "cold/page_guard.hpp"
#include "cold/pages_state.hpp"

namespace ks {

namespace {

constexpr mode_t status_mode = 0640;
constexpr mode_t shared_mode = 0660;
constexpr mode_t own_mode = 0600;

bool is_file_name(std::string_view name) {
    if (name.empty() || name.size() >= KS_NAME_BYTES || name[0] == '.') return false;
    for (const char c : name)
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-' && c != '.')
            return false;
    return true;
}

Result<PageBirth> new_birth() {
    PageBirth birth;
    if (!ks_boot_id(birth.boot_id.data()))
        return Error{"cannot read /proc/sys/kernel/random/boot_id; mount /proc"};
    if (getrandom(&birth.nonce, sizeof birth.nonce, 0) != sizeof birth.nonce)
        return Error{"cannot read random bytes for the pages' nonce"};
    return birth;
}

// Why an existing status page cannot be adopted; empty when it can.
std::string_view why_not_adopted(const PageFile& file, const PageBirth& birth) {
    const auto& head = static_cast<const ks_status_page*>(file.at())->head;
    if (file.found() == Found::resized || head.magic != KS_MAGIC_STATUS ||
        head.version != KS_ABI_VERSION || head.page_bytes != sizeof(ks_status_page))
        return "of another version";
    if (std::memcmp(head.boot_id, birth.boot_id.data(), birth.boot_id.size()) != 0)
        return "of another boot";
    return head.retired != 0 ? std::string_view{"retired"} : std::string_view{};
}

void retire(const PageFile& file) {
    auto* head = static_cast<ks_page_head*>(file.at());
    // release: pairs with the acquire in ks_status; whoever still has it mapped stops using it
    __atomic_store_n(&head->retired, 1u, __ATOMIC_RELEASE);
}

void even(u32& sequence) {
    if (sequence % 2 != 0) ++sequence; // a writer died inside; readers would call it stale for ever
}

void even_sequences(ks_status_page& status) {
    for (ks_scope_line& line : status.scope) even(line.sequence);
    for (ks_account_line& line : status.account) even(line.sequence);
    for (ks_shot_line& line : status.shot) even(line.sequence);
    for (ks_lane_line& line : status.lane) even(line.sequence);
}

} // namespace

// The status page first: it says whether the others belong to this boot and this layout.
Result<void> Pages::State::open_status() {
    const PageSpec spec{"status", sizeof(ks_status_page), status_mode, config.group};
    const auto fill = [&](void* at) {
        fill_status(*static_cast<ks_status_page*>(at), birth, config.engine);
    };
    auto file = PageFile::open(*directory, spec, fill);
    if (!file) return std::move(file).error();
    if (file->found() != Found::created) {
        if (const auto why = why_not_adopted(*file, birth); !why.empty()) {
            notes.push_back(config.run_dir + "/status was " + std::string(why) +
                            ": retired and made anew; its pulls are not fired, its halt is in the "
                            "latch file only");
            retire(*file);
            is_fresh = true;
            file = PageFile::replace(*directory, spec, fill);
            if (!file) return std::move(file).error();
        }
    }
    status_file = std::move(*file);
    ks_status_page& page = status();
    for (u64* beat : {&page.engine_beat_ns, &page.signer_beat_ns, &page.connector_beat_ns,
                      &page.scribe_beat_ns})
        __atomic_store_n(beat, u64{0}, __ATOMIC_RELEASE); // senders: silent until we really beat
    even_sequences(page);
    put_name(page.engine, config.engine);
    return {};
}

Result<PageFile> Pages::State::open_page(const PageSpec& spec, const PageFile::Fill& fill, u32 bit,
                                         HoleFill hole) {
    auto file = is_fresh ? PageFile::replace(*directory, spec, fill)
                         : PageFile::open(*directory, spec, fill);
    if (!file) return file;
    if (file->found() == Found::resized)
        notes.push_back(config.run_dir + "/" + spec.name +
                        " had another size: someone truncated it; pulls in it may be lost");
    const GuardedRange range{file->at(), file->bytes_count(), &lost, bit, hole};
    if (auto guarded = guard_range(range); !guarded) return std::move(guarded).error();
    return file;
}

Result<void> Pages::State::open_trigger(const ProducerFile& producer) {
    if (!is_file_name(producer.name))
        return Error{"producer '" + producer.name +
                     "': a name has 1 to 47 of the characters a-z A-Z 0-9 _ - . and begins with "
                     "no dot"};
    const auto id = append_name(
        producer.name, status().producers_count,
        producers_max, [this](u16 i) -> auto& { return status().producers[i]; });
    if (!id)
        return Error{"producer '" + producer.name + "': 8 names have been used since boot in " +
                     config.run_dir + "; keep old names, or start with an empty run directory"};
    const u16 index = *id;
    const PageSpec spec{"trigger." + producer.name, sizeof(ks_trigger_page), shared_mode,
                        producer.group};
    const auto fill = [&](void* at) {
        fill_trigger(*static_cast<ks_trigger_page*>(at), birth, producer.name, index);
    };
    auto file = open_page(spec, fill, 1u << index, HoleFill::zeroes);
    if (!file) return std::move(file).error();
    adopt_trigger(*static_cast<ks_trigger_page*>(file->at()), producer.name, index);
    trigger_files[index] = std::move(*file);
    return {};
}

// The producer can overwrite its own head, so the status page's word counts; only when that page is
// new (someone removed it) is the old nonce taken over, so that its pulls are seen, and held.
void Pages::State::adopt_trigger(ks_trigger_page& page, std::string_view name, u16 index) {
    u64& nonce = status().trigger_nonce[index];
    const bool is_ours =
        page.head.magic == KS_MAGIC_TRIGGER && page.head.version == KS_ABI_VERSION &&
        std::memcmp(page.head.boot_id, birth.boot_id.data(), birth.boot_id.size()) == 0;
    if (nonce == 0) nonce = is_ours ? page.head.nonce : birth.nonce;
    page.head = {};
    fill_trigger(page, {birth.boot_id, nonce}, name, index);
}

Result<void> Pages::State::open_gates() {
    const auto fill = [&](void* at) { fill_gates(*static_cast<ks_gates_page*>(at), birth); };
    const PageSpec shared{"gates", sizeof(ks_gates_page), shared_mode, config.group};
    auto file = open_page(shared, fill, lost_gates_bit, HoleFill::now);
    if (!file) return std::move(file).error();
    if (file->found() == Found::resized)
        for (u64& place : static_cast<ks_gates_page*>(file->at())->place) place = ks_now_ns();
    gates_file = std::move(*file);
    const PageSpec own{"gates.own", sizeof(ks_gates_page), own_mode, std::nullopt};
    auto own_file = open_page(own, fill, lost_gates_bit, HoleFill::now);
    if (!own_file) return std::move(own_file).error();
    gates_own_file = std::move(*own_file);
    return {};
}

Result<void> Pages::State::open_operators() {
    const mode_t mode = config.operator_group ? shared_mode : own_mode;
    const PageSpec spec{"operator", sizeof(ks_operator_page), mode, config.operator_group};
    const auto fill = [&](void* at) { fill_operators(*static_cast<ks_operator_page*>(at), birth); };
    auto file = open_page(spec, fill, lost_operator_bit, HoleFill::zeroes);
    if (!file) return std::move(file).error();
    operator_file = std::move(*file);
    return {};
}

Pages::State::~State() {
    for (const PageFile* file : {&gates_file, &gates_own_file, &operator_file})
        unguard_range(file->at());
    for (const PageFile& file : trigger_files) unguard_range(file.at());
}

Result<Pages> Pages::open(const PagesConfig& config) {
    auto state = std::make_unique<State>();
    state->config = config;
    auto birth = new_birth();
    if (!birth) return std::move(birth).error().within("open pages");
    state->birth = *birth;
    auto directory = RunDirectory::open(config.run_dir, config.group);
    if (!directory) return std::move(directory).error().within("open pages");
    state->directory.emplace(std::move(*directory));
    if (auto done = state->open_status(); !done)
        return std::move(done).error().within("open pages");
    for (const ProducerFile& producer : config.producers)
        if (auto done = state->open_trigger(producer); !done)
            return std::move(done).error().within("open pages");
    if (auto done = state->open_gates(); !done) return std::move(done).error().within("open pages");
    if (auto done = state->open_operators(); !done)
        return std::move(done).error().within("open pages");
    return Pages{std::move(state)};
}

Pages::Pages(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pages::Pages(Pages&&) noexcept = default;
Pages& Pages::operator=(Pages&&) noexcept = default;
Pages::~Pages() = default;

ks_status_page& Pages::status() {
    return state_->status();
}
ks_trigger_page& Pages::trigger(ProducerId producer) {
    return *static_cast<ks_trigger_page*>(state_->trigger_files[producer.index].at());
}
ks_gates_page& Pages::gates() {
    return *static_cast<ks_gates_page*>(state_->gates_file.at());
}
ks_gates_page& Pages::gates_own() {
    return *static_cast<ks_gates_page*>(state_->gates_own_file.at());
}
ks_operator_page& Pages::operators() {
    return *static_cast<ks_operator_page*>(state_->operator_file.at());
}
TriggerPages Pages::trigger_pages() {
    TriggerPages pages{.status = &status(), .trigger = {}, .lost = &state_->lost};
    for (u16 p = 0; p < producers_max; ++p)
        pages.trigger[p] = static_cast<ks_trigger_page*>(state_->trigger_files[p].at());
    return pages;
}
GatePages Pages::gate_pages() {
    return {&status(), &gates(), &gates_own()};
}
std::atomic<u32>& Pages::lost_pages() {
    return state_->lost;
}
const std::vector<std::string>& Pages::notes() const {
    return state_->notes;
}
int Pages::directory_fd() const {
    return state_->directory->fd();
}

} // namespace ks
