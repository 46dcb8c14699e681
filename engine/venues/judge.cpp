#include "venues/judge.hpp"

#include <algorithm>
#include <bit>

namespace ks {

void Judge::start(const JudgeProgram& program, u16 http_status, IdSink sink, void* context) {
    *this = Judge{};
    program_ = &program;
    sink_ = sink;
    context_ = context;
    http_status_ = http_status;
    at_ = At::value;
    for (size_t i = 0; i < program.probes.size(); ++i) {
        const Probe& probe = program.probes[i];
        const auto bit = static_cast<ProbeSet>(1u << i);
        here_ |= bit;
        ends_at_[probe.path.size()] |= bit;
        of_kind_[static_cast<size_t>(probe.kind)] |= bit;
        for (size_t segment = 0; segment < probe.path.size(); ++segment)
            if (probe.path[segment] == "*") any_name_[segment] |= bit;
    }
}

void Judge::feed(std::span<const std::byte> body) {
    for (std::byte byte : body) {
        if (at_ == At::broken) return;
        step(static_cast<u8>(byte));
    }
}

Verdict Judge::finish() {
    if (is_number_whole()) {
        on_scalar(Scalar::number);
        end_value();
    }
    for (const Rule& rule : program_->rules)
        if (holds(rule)) return rule.verdict;
    return Verdict::unknown;
}

bool Judge::holds(const Rule& rule) const {
    if (http_status_ < rule.status_min || http_status_ > rule.status_max) return false;
    if (!rule.needs_json) return true;
    return body_is_json() && (held_ & rule.must) == rule.must && (held_ & rule.must_not) == 0 &&
           open_count_ >= rule.count_min && open_count_ <= rule.count_max;
}

Judge::ProbeSet Judge::ending_here() const {
    return depth_ <= path_segments_max ? here_ & ends_at_[depth_] : 0;
}

std::string_view Judge::token() const {
    return {token_.data(), std::min<size_t>(token_bytes_, token_.size())};
}

// Called before the container counts as open, so that `here_` still means the container itself.
void Judge::on_container(bool is_object) {
    opened_ = ending_here();
    const ProbeSet shaped = of(is_object ? ProbeKind::is_object : ProbeKind::is_array);
    const ProbeSet there =
        of(ProbeKind::exists) | of(ProbeKind::count) | of(ProbeKind::not_null) | shaped;
    held_ |= opened_ & there;
    count(static_cast<u32>(std::popcount(static_cast<ProbeSet>(opened_ & of(ProbeKind::count)))));
    if (depth_ < path_segments_max) {
        inside_[depth_ + 1] = here_ & static_cast<ProbeSet>(~opened_);
        seen_[depth_ + 1] = 0;
    }
}

void Judge::on_empty_container() {
    held_ |= static_cast<ProbeSet>(opened_ & of(ProbeKind::is_empty));
}

void Judge::on_element() {
    here_ = depth_ <= path_segments_max ? inside_[depth_] & any_name_[depth_ - 1] : 0;
}

void Judge::on_name() {
    on_element(); // "*" matches members as it matches elements
    if (depth_ > path_segments_max || token_bytes_ > token_.size()) return;
    ProbeSet named = 0;
    for (size_t i = 0; i < program_->probes.size(); ++i) {
        const auto bit = static_cast<ProbeSet>(1u << i);
        if ((inside_[depth_] & bit & ~any_name_[depth_ - 1]) != 0 &&
            program_->probes[i].path[depth_ - 1] == token())
            named |= bit;
    }
    // Readers differ on which of two equal names counts, so the answer has two meanings.
    if ((named & seen_[depth_]) != 0) has_duplicate_ = true;
    seen_[depth_] |= named;
    here_ |= named;
}

void Judge::on_scalar(Scalar scalar) {
    const ProbeSet ends = ending_here();
    if (ends == 0) return;
    const bool is_empty = scalar == Scalar::text && token_bytes_ == 0;
    const bool is_null = scalar == Scalar::word && token() == "null";
    for (size_t i = 0; i < program_->probes.size(); ++i) {
        const auto bit = static_cast<ProbeSet>(1u << i);
        if ((ends & bit) == 0) continue;
        const Probe& probe = program_->probes[i];
        bool is_held = false;
        switch (probe.kind) {
        case ProbeKind::exists:
            is_held = true;
            break;
        case ProbeKind::is_array:
        case ProbeKind::is_object:
            break;
        case ProbeKind::equals:
            is_held = token_bytes_ <= token_.size() && probe.literal == token();
            break;
        case ProbeKind::raised:
            is_held = token_bytes_ <= token_.size() && probe.literal == token();
            raised_count_ += is_held;
            break;
        case ProbeKind::is_empty:
            is_held = is_empty;
            break;
        case ProbeKind::not_null:
            is_held = !is_null && !is_empty;
            break;
        case ProbeKind::count:
            is_held = true;
            count(1);
            break;
        case ProbeKind::id:
            is_held = scalar != Scalar::word && !is_empty;
            if (is_held && sink_) sink_(context_, token());
            ids_count_ += is_held;
            break;
        case ProbeKind::number:
            is_held = scalar == Scalar::number && take_number();
            break;
        }
        if (is_held) held_ |= bit;
    }
}

// A count that is no whole number, or no sane one, is no count.
bool Judge::take_number() {
    constexpr size_t digits_max = 9; // fits u32
    if (token_bytes_ > digits_max) return false;
    u32 value = 0;
    for (char digit : token()) {
        if (digit < '0' || digit > '9') return false;
        value = value * 10 + static_cast<u32>(digit - '0');
    }
    count(value);
    return true;
}

void Judge::count(u32 orders) {
    open_count_ += std::min(orders, UINT32_MAX - open_count_);
}

} // namespace ks
