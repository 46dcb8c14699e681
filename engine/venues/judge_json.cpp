// The grammar of RFC 8259 as an automaton: one byte at a time, so that any split reads the same.
#include "venues/judge.hpp"

namespace ks {

namespace {

constexpr bool is_digit(u8 byte) {
    return byte >= '0' && byte <= '9';
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(u8 byte) {
    if (is_digit(byte)) return byte - '0';
    const int letter = (byte | 0x20) - 'a';
    return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

} // namespace

void Judge::step(u8 byte) {
    switch (at_) {
    case At::text:
        return utf8_left_ > 0 ? on_continuation(byte) : on_text(byte);
    case At::escape:
        return on_escape(byte);
    case At::escape_hex:
        return on_escape_hex(byte);
    case At::low_escape:
        at_ = byte == '\\' ? At::low_escape_u : At::broken;
        return;
    case At::low_escape_u:
        at_ = byte == 'u' ? At::escape_hex : At::broken;
        return;
    case At::word:
        return on_word(byte);
    case At::minus:
    case At::zero:
    case At::whole:
    case At::point:
    case At::fraction:
    case At::exponent:
    case At::exponent_sign:
    case At::exponent_digits:
        // A number ends at the first byte that does not belong to it.
        if (takes_number(byte)) return keep(byte);
        if (!is_number_whole()) return break_off();
        on_scalar(Scalar::number);
        end_value();
        return on_structure(byte);
    case At::value:
    case At::first_item:
    case At::first_name:
    case At::name:
    case At::colon:
    case At::after_item:
    case At::end:
        return on_structure(byte);
    case At::broken:
        return;
    }
}

void Judge::on_structure(u8 byte) {
    if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') return;
    if (byte == ']' && at_ == At::first_item) return on_empty_container(), close(false);
    if (byte == '}' && at_ == At::first_name) return on_empty_container(), close(true);
    switch (at_) {
    case At::value:
    case At::first_item:
        return on_value(byte);
    case At::first_name:
    case At::name:
        return byte == '"' ? start_text(true) : break_off();
    case At::colon:
        at_ = byte == ':' ? At::value : At::broken;
        return;
    case At::after_item:
        if (byte == ']') return close(false);
        if (byte == '}') return close(true);
        return byte == ',' ? next_item() : break_off();
    default: // At::end: something stands behind the value
        return break_off();
    }
}

void Judge::on_value(u8 byte) {
    token_bytes_ = 0;
    switch (byte) {
    case '{':
        return open(true);
    case '[':
        return open(false);
    case '"':
        return start_text(false);
    case 't':
        word_rest_ = "rue";
        break;
    case 'f':
        word_rest_ = "alse";
        break;
    case 'n':
        word_rest_ = "ull";
        break;
    case '-':
        at_ = At::minus;
        return keep(byte);
    default:
        if (!is_digit(byte)) return break_off();
        at_ = byte == '0' ? At::zero : At::whole;
        return keep(byte);
    }
    at_ = At::word;
    keep(byte);
}

void Judge::on_word(u8 byte) {
    if (byte != static_cast<u8>(*word_rest_)) return break_off();
    keep(byte);
    if (*++word_rest_ != 0) return;
    on_scalar(Scalar::word);
    end_value();
}

// Moves on when `byte` may stand next in the number; false when the number ends before it.
bool Judge::takes_number(u8 byte) {
    const At before = at_;
    const bool is_exponent = byte == 'e' || byte == 'E';
    switch (at_) {
    case At::minus:
        if (is_digit(byte)) at_ = byte == '0' ? At::zero : At::whole;
        break;
    case At::zero:
    case At::whole:
        if (byte == '.') at_ = At::point;
        if (is_exponent) at_ = At::exponent;
        return at_ != before || (before == At::whole && is_digit(byte));
    case At::point:
    case At::fraction:
        if (is_digit(byte)) return at_ = At::fraction, true;
        if (before == At::fraction && is_exponent) at_ = At::exponent;
        break;
    case At::exponent:
        if (byte == '+' || byte == '-') at_ = At::exponent_sign;
        [[fallthrough]];
    default: // exponent_sign, exponent_digits
        if (is_digit(byte)) return at_ = At::exponent_digits, true;
        break;
    }
    return at_ != before;
}

bool Judge::is_number_whole() const {
    return at_ == At::zero || at_ == At::whole || at_ == At::fraction || at_ == At::exponent_digits;
}

void Judge::start_text(bool is_name) {
    is_name_ = is_name;
    token_bytes_ = 0;
    at_ = At::text;
}

void Judge::on_text(u8 byte) {
    if (byte == '"') return end_text();
    if (byte == '\\') {
        at_ = At::escape;
        return;
    }
    if (byte < 0x20) return break_off();
    if (byte >= 0x80) return on_lead(byte);
    keep(byte);
}

// The first byte of a UTF-8 sequence: RFC 3629 section 4, which excludes overlong forms,
// surrogates and all above U+10FFFF by the range of the second byte.
void Judge::on_lead(u8 byte) {
    utf8_low_ = 0x80;
    utf8_high_ = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf)
        utf8_left_ = 1;
    else if (byte >= 0xe0 && byte <= 0xef)
        utf8_left_ = 2;
    else if (byte >= 0xf0 && byte <= 0xf4)
        utf8_left_ = 3;
    else
        return break_off();
    if (byte == 0xe0) utf8_low_ = 0xa0;
    if (byte == 0xed) utf8_high_ = 0x9f;
    if (byte == 0xf0) utf8_low_ = 0x90;
    if (byte == 0xf4) utf8_high_ = 0x8f;
    keep(byte);
}

void Judge::on_continuation(u8 byte) {
    if (byte < utf8_low_ || byte > utf8_high_) return break_off();
    utf8_low_ = 0x80;
    utf8_high_ = 0xbf;
    --utf8_left_;
    keep(byte);
}

void Judge::on_escape(u8 byte) {
    at_ = At::text;
    switch (byte) {
    case '"':
    case '\\':
    case '/':
        return keep(byte);
    case 'b':
        return keep('\b');
    case 'f':
        return keep('\f');
    case 'n':
        return keep('\n');
    case 'r':
        return keep('\r');
    case 't':
        return keep('\t');
    case 'u':
        high_surrogate_ = 0;
        hex_left_ = 4;
        hex_ = 0;
        at_ = At::escape_hex;
        return;
    default:
        return break_off();
    }
}

void Judge::on_escape_hex(u8 byte) {
    const int digit = hex_value(byte);
    if (digit < 0) return break_off();
    hex_ = hex_ << 4 | static_cast<u32>(digit);
    if (--hex_left_ > 0) return;
    const bool is_high = hex_ >= 0xd800 && hex_ <= 0xdbff;
    const bool is_low = hex_ >= 0xdc00 && hex_ <= 0xdfff;
    // A surrogate without its other half is no character.
    if (is_low != (high_surrogate_ != 0)) return break_off();
    if (is_high) {
        high_surrogate_ = hex_;
        hex_left_ = 4;
        hex_ = 0;
        at_ = At::low_escape;
        return;
    }
    keep_code_point(is_low ? 0x10000 + ((high_surrogate_ - 0xd800) << 10) + (hex_ - 0xdc00) : hex_);
    at_ = At::text;
}

void Judge::keep_code_point(u32 code_point) {
    if (code_point < 0x80) return keep(static_cast<u8>(code_point));
    const int rest = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    constexpr u8 leads[] = {0, 0xc0, 0xe0, 0xf0};
    keep(static_cast<u8>(leads[rest] | code_point >> (6 * rest)));
    for (int i = rest - 1; i >= 0; --i)
        keep(static_cast<u8>(0x80 | (code_point >> (6 * i) & 0x3f)));
}

void Judge::keep(u8 byte) {
    if (token_bytes_ < token_.size()) token_[token_bytes_] = static_cast<char>(byte);
    token_bytes_ += token_bytes_ < UINT32_MAX;
}

void Judge::end_text() {
    if (is_name_) {
        on_name();
        at_ = At::colon;
        return;
    }
    on_scalar(Scalar::text);
    end_value();
}

void Judge::open(bool is_object) {
    if (depth_ == json_depth_max) return break_off();
    on_container(is_object);
    const u32 bit = u32{1} << depth_;
    is_object_ = is_object ? is_object_ | bit : is_object_ & ~bit;
    ++depth_;
    at_ = is_object ? At::first_name : At::first_item;
    if (!is_object) on_element();
}

void Judge::close(bool is_object) {
    const bool is_in_object = is_object_ >> (depth_ - 1) & 1;
    if (is_object != is_in_object) return break_off();
    --depth_;
    end_value();
}

void Judge::next_item() {
    const bool is_in_object = is_object_ >> (depth_ - 1) & 1;
    at_ = is_in_object ? At::name : At::value;
    if (!is_in_object) on_element();
}

void Judge::end_value() {
    at_ = depth_ == 0 ? At::end : At::after_item;
}

} // namespace ks
