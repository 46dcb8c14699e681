// Fd: a file descriptor that closes itself, and what errno means in words.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/result.hpp"

namespace ks {

class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        close();
        fd_ = other.release();
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { close(); }

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    void close() {
        if (is_open()) ::close(std::exchange(fd_, -1));
    }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

// "open /run/killswitch/main: Permission denied": take it at once, before errno changes.
inline Error errno_error(std::string what) {
    return {std::move(what) + ": " + std::strerror(errno)};
}

} // namespace ks
