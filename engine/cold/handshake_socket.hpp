// RecordSocket: the socket under wolfSSL, which hands it whole TLS records only. wolfSSL would else
// keep a half-read record inside, and the hand-over would lose it.
// Guarantees: never waits; whenever wolfSSL wants to read, the stream stands at a record boundary,
// and what has come beyond it is leftover().
#pragma once

#include <array>
#include <span>

#include "base/fd.hpp"
#include "wire/session.hpp"

struct WOLFSSL;
struct WOLFSSL_CTX;

namespace ks {

class RecordSocket {
public:
    explicit RecordSocket(Fd fd) : fd_(std::move(fd)) {}
    RecordSocket(const RecordSocket&) = delete;
    RecordSocket& operator=(const RecordSocket&) = delete;

    static void install_on(WOLFSSL_CTX* context);
    void attach(WOLFSSL* ssl); // must outlive the connection

    // As wolfSSL's callbacks want them: bytes moved, or WOLFSSL_CBIO_ERR_*.
    int read(std::span<std::byte> into);
    int write(std::span<const std::byte> from);

    int fd() const { return fd_.get(); }
    Fd take() { return std::move(fd_); }
    // True when the peer's bytes are no TLS records at all: plain HTTP, or another protocol.
    bool is_foreign() const { return is_foreign_; }
    int error_number() const { return error_number_; } // of the last failed call; 0: none
    bool is_at_record() const { return record_bytes_left_ == 0; }
    std::span<const std::byte> leftover() const { return {in_.data() + begin_, end_ - begin_}; }

private:
    bool admit_record();
    int fill();

    Fd fd_;
    size_t begin_ = 0; // first byte wolfSSL has not had
    size_t end_ = 0;
    size_t record_bytes_left_ = 0; // of the record being handed up
    bool is_foreign_ = false;
    int error_number_ = 0;
    std::array<std::byte, record_bytes_max> in_;
};

} // namespace ks
