// BareClient: the least that can send the same bytes: warm TLS connections, records sealed ahead,
// a spin on one word, and the kernel's call. No engine: no page, no halt, no limit, no journal, and
// nobody who looks afterwards. What the engine adds to it is what the engine costs.
// Guarantees: allocates only in connect() and open_ring().
#pragma once

#include <liburing.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "wire/session.hpp"

namespace ks::bench {

class BareClient {
public:
    enum class How : u8 { uring, send };

    // Shakes hands `count` times with 127.0.0.1:port; `serve` lets the venue, which is this very
    // thread's, do its part.
    static Result<std::unique_ptr<BareClient>>
    connect(u16 port, const std::string& ca_file, u32 count, const std::function<void()>& serve);
    ~BareClient();

    // On the thread that fires, again when that is another one. False: no io_uring here, only
    // How::send will do.
    bool open_ring() noexcept;
    bool has_ring() const noexcept { return has_ring_; }
    // Seals the next record of the first `count` connections.
    bool prepare(u32 count) noexcept;
    // The kernel's call or calls, and nothing else; then, untimed, its books.
    void fire(u32 count, How how) noexcept;
    void departed(u32 count) noexcept;
    // Takes what has come; true when every answer to the last fire is whole.
    bool collect() noexcept;
    // A send failed or an answer was not one: the figures are worthless.
    bool is_broken() const noexcept { return is_broken_; }

private:
    struct Connection {
        Fd fd;
        Session session;
        Record record;
        bool is_answered = true;
    };
    BareClient() = default;
    void fire_uring(u32 count) noexcept;
    void fire_sends(u32 count) noexcept;
    void take(Connection& connection) noexcept;

    std::vector<std::unique_ptr<Connection>> connections_;
    io_uring ring_{};
    bool has_ring_ = false;
    bool is_broken_ = false;
};

} // namespace ks::bench
