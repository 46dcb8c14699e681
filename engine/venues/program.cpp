#include "venues/program.hpp"

#include <cstring>

#include "venues/arena.hpp"
#include "venues/encode.hpp"
#include "venues/sign.hpp"

namespace ks {

namespace {

// The machine that runs one program, once. What a step cannot do fails the run.
class Machine {
public:
    Machine(const Program& program, const Credentials& credentials, const SignTime& time)
        : program_(program), credentials_(credentials), time_(time) {}
    // The request, or empty. Valid as long as the machine.
    std::string_view run();

private:
    bool take(const Step& step);
    bool append_field(Field field);
    bool append_list(Field field);
    bool keep(u8 index);
    bool transform(Op op);
    bool append_signature(const Signature& signature);
    bool append_image(Op op, std::string_view value);
    bool append(std::string_view text) { return arena_.append(text), true; }
    std::string_view field(Field field) const;
    // A value kept earlier.
    struct Kept {
        size_t start = 0;
        size_t count = 0;
    };

    const Program& program_;
    const Credentials& credentials_;
    const SignTime& time_;
    Arena arena_;
    Bounded<size_t, nesting_max> opened_; // where each open value begins
    std::array<Kept, registers_max> registers_{};
};

std::string_view Machine::run() {
    for (const Step& step : program_.steps)
        if (!take(step)) return {};
    if (opened_.size() != 1 || arena_.is_over()) return {};
    return arena_.from(opened_.back());
}

bool Machine::take(const Step& step) {
    const Kept kept = registers_[step.arg % registers_max];
    switch (step.op) {
    case Op::open:
        return opened_.push(arena_.top());
    case Op::keep:
        return keep(step.arg);
    case Op::load:
        return append(arena_.at(kept.start, kept.count));
    case Op::literal:
        return append({program_.literals.begin() + step.offset, step.count});
    case Op::field:
        return append_field(static_cast<Field>(step.arg));
    case Op::field_list:
        return append_list(static_cast<Field>(step.arg));
    case Op::time_ms:
        return append_decimal(arena_, static_cast<u64>(time_.now.ms)), true;
    case Op::ago_ms: {
        const i64 ago_s = i64{step.offset} + 65'536 * i64{step.count};
        const i64 then_ms = std::max<i64>(time_.now.ms - 1'000 * ago_s, 0);
        return append_decimal(arena_, static_cast<u64>(then_ms)), true;
    }
    case Op::time_s:
        return append_decimal(arena_, static_cast<u64>(time_.now.ms / 1'000)), true;
    case Op::time_iso:
        return append_iso_time(arena_, time_.now), true;
    case Op::nonce:
        return append_decimal(arena_, time_.nonce), true;
    case Op::size_of:
        return append_decimal(arena_, kept.count), true;
    case Op::check_target:
        return !opened_.empty() && is_target(arena_.from(opened_.back()));
    case Op::check_value:
        return !opened_.empty() && is_header_value(arena_.from(opened_.back()));
    case Op::join:
    case Op::json_string:
    case Op::base64:
    case Op::base64url:
    case Op::hex:
    case Op::urlencode:
    case Op::sha256:
    case Op::sha512:
    case Op::hmac_sha256:
    case Op::hmac_sha384:
    case Op::hmac_sha512:
    case Op::ed25519:
        return transform(step.op);
    }
    return false;
}

std::string_view Machine::field(Field field) const {
    const auto* secret = reinterpret_cast<const char*>(credentials_.secret.data());
    switch (field) {
    case Field::key:
        return credentials_.key;
    case Field::secret:
        return {secret, credentials_.secret.size()};
    case Field::identity:
        return credentials_.identity;
    case Field::passphrase:
        return credentials_.passphrase;
    case Field::account:
        return credentials_.account;
    case Field::symbol:
        return credentials_.symbol;
    case Field::order:
        return credentials_.order;
    }
    return {};
}

// An empty field would make a request that means something else: for all symbols, for no account.
bool Machine::append_field(Field name) {
    const std::string_view text = field(name);
    arena_.append(text);
    return !text.empty();
}

bool Machine::append_list(Field name) {
    std::string_view rest = field(name);
    if (rest.empty()) return false;
    while (true) {
        const size_t comma = rest.find(',');
        const std::string_view item = rest.substr(0, comma);
        if (item.empty()) return false;
        append_json_string(arena_, item);
        if (comma == std::string_view::npos) return true;
        arena_.append(',');
        rest.remove_prefix(comma + 1);
    }
}

bool Machine::keep(u8 index) {
    if (opened_.size() != 1 || index >= registers_max) return false;
    registers_[index] = {opened_.back(), arena_.top() - opened_.back()};
    opened_.clear();
    return true;
}

bool Machine::transform(Op op) {
    if (opened_.empty()) return false;
    const size_t start = opened_.back();
    opened_.truncate(opened_.size() - 1);
    if (op == Op::join) return true;
    const size_t image = arena_.top();
    if (!append_image(op, arena_.from(start))) return false;
    arena_.replace(start, image);
    return true;
}

bool Machine::append_signature(const Signature& signature) {
    arena_.append(signature.view());
    return static_cast<bool>(signature);
}

bool Machine::append_image(Op op, std::string_view value) {
    switch (op) {
    case Op::json_string:
        return append_json_string(arena_, value), true;
    case Op::base64:
        return append_base64(arena_, value), true;
    case Op::base64url:
        return append_base64url(arena_, value), true;
    case Op::hex:
        return append_hex(arena_, value), true;
    case Op::urlencode:
        return append_urlencoded(arena_, value), true;
    case Op::sha256:
        return append_signature(digest(Hash::sha256, value));
    case Op::sha512:
        return append_signature(digest(Hash::sha512, value));
    case Op::hmac_sha256:
        return append_signature(hmac(Hash::sha256, credentials_.secret, value));
    case Op::hmac_sha384:
        return append_signature(hmac(Hash::sha384, credentials_.secret, value));
    case Op::hmac_sha512:
        return append_signature(hmac(Hash::sha512, credentials_.secret, value));
    case Op::ed25519:
        return append_signature(ed25519(credentials_.secret, value));
    default: // appends and checks: not for here
        return false;
    }
}

} // namespace

size_t run(const Program& program, const Credentials& credentials, const SignTime& time,
           std::span<std::byte> out) {
    Machine machine(program, credentials, time);
    const std::string_view request = machine.run();
    if (request.empty() || request.size() > out.size()) return 0;
    std::memcpy(out.data(), request.data(), request.size());
    return request.size();
}

} // namespace ks
