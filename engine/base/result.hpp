// Result: what a cold function returns when it may fail: a value, or a sentence for a human.
// Guarantees: [[nodiscard]]; the sentence names what was being done, the cause, and the remedy.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace ks {

// "config/killswitch.toml:12: unknown key 'adress'; did you mean 'address'?"
struct Error {
    std::string sentence;
    int exit_code = 78; // what a process that ends by it exits with (sysexits.h); 78: config
    // Puts what was being attempted in front: "arm bitopro: sign: secret is empty".
    Error within(std::string_view step) && {
        sentence.insert(0, std::string(step) + ": ");
        return std::move(*this);
    }
};

template<class T> class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    explicit operator bool() const { return state_.index() == 0; }
    T& operator*() & { return std::get<0>(state_); }
    const T& operator*() const& { return std::get<0>(state_); }
    T&& operator*() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &std::get<0>(state_); }
    const T* operator->() const { return &std::get<0>(state_); }
    Error& error() & { return std::get<1>(state_); }
    const Error& error() const& { return std::get<1>(state_); }
    Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template<> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}
    explicit operator bool() const { return !error_; }
    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }

private:
    std::optional<Error> error_;
};

} // namespace ks
