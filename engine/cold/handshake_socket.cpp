#include <wolfssl/options.h> // first: it decides what the others declare

#include <wolfssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#include "cold/handshake_socket.hpp"

namespace ks {

namespace {

constexpr size_t header_bytes = 5;
constexpr u8 type_first = 20; // change_cipher_spec, alert, handshake, application_data
constexpr u8 type_last = 23;

int on_read(WOLFSSL*, char* into, int bytes, void* context) {
    return static_cast<RecordSocket*>(context)->read(
        {reinterpret_cast<std::byte*>(into), static_cast<size_t>(bytes)});
}

int on_write(WOLFSSL*, char* from, int bytes, void* context) {
    return static_cast<RecordSocket*>(context)->write(
        {reinterpret_cast<const std::byte*>(from), static_cast<size_t>(bytes)});
}

} // namespace

void RecordSocket::install_on(WOLFSSL_CTX* context) {
    wolfSSL_CTX_SetIORecv(context, on_read);
    wolfSSL_CTX_SetIOSend(context, on_write);
}

void RecordSocket::attach(WOLFSSL* ssl) {
    wolfSSL_SetIOReadCtx(ssl, this);
    wolfSSL_SetIOWriteCtx(ssl, this);
}

int RecordSocket::read(std::span<std::byte> into) {
    while (record_bytes_left_ == 0 && !admit_record()) {
        if (is_foreign_) return WOLFSSL_CBIO_ERR_GENERAL;
        if (const int refusal = fill(); refusal != 0) return refusal;
    }
    const size_t count = std::min(into.size(), record_bytes_left_);
    std::memcpy(into.data(), in_.data() + begin_, count);
    begin_ += count;
    record_bytes_left_ -= count;
    return static_cast<int>(count);
}

// Opens the gate for the next record if all of it is here.
bool RecordSocket::admit_record() {
    const std::span<const std::byte> rest = leftover();
    if (rest.size() < header_bytes) return false;
    const u8 type = static_cast<u8>(rest[0]);
    const size_t bytes =
        header_bytes + (static_cast<size_t>(rest[3]) << 8) + static_cast<size_t>(rest[4]);
    is_foreign_ = type < type_first || type > type_last || static_cast<u8>(rest[1]) != 3 ||
                  bytes > record_bytes_max;
    if (is_foreign_ || rest.size() < bytes) return false;
    record_bytes_left_ = bytes;
    return true;
}

// Reads what has come. 0, or why there is nothing. There is always room: a record fits in_.
int RecordSocket::fill() {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    const ssize_t count = recv(fd_.get(), in_.data() + end_, in_.size() - end_, MSG_DONTWAIT);
    if (count > 0) {
        end_ += static_cast<size_t>(count);
        return 0;
    }
    if (count == 0) return WOLFSSL_CBIO_ERR_CONN_CLOSE;
    if (errno == EAGAIN || errno == EINTR) return WOLFSSL_CBIO_ERR_WANT_READ;
    error_number_ = errno;
    return errno == ECONNRESET ? WOLFSSL_CBIO_ERR_CONN_RST : WOLFSSL_CBIO_ERR_GENERAL;
}

int RecordSocket::write(std::span<const std::byte> from) {
    const ssize_t count = send(fd_.get(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return static_cast<int>(count);
    if (errno == EAGAIN || errno == EINTR) return WOLFSSL_CBIO_ERR_WANT_WRITE;
    error_number_ = errno;
    if (errno == EPIPE || errno == ECONNRESET) return WOLFSSL_CBIO_ERR_CONN_RST;
    return WOLFSSL_CBIO_ERR_GENERAL;
}

} // namespace ks
