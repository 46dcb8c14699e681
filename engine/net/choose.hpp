// Choose: which net this run uses, and why, as a sentence for the operator. Never silent.
#pragma once

#include <string_view>
#include <variant>

#include "net/socket_net.hpp"
#include "net/uring_net.hpp"

namespace ks {

enum class NetWish : u8 { automatic, uring, sockets };

struct ChosenNet {
    std::variant<std::unique_ptr<UringNet>, std::unique_ptr<SocketNet>> net; // for std::visit
    std::string reason; // "sockets: io_uring_setup refused: EPERM (seccomp or ...)"
    bool is_uring() const { return net.index() == 0; }
};

// "auto", "uring" or "sockets", as the configuration writes it.
Result<NetWish> parse_net_wish(std::string_view word);
// Call it on the thread that will use the net. Fails when what was forced is not to be had.
Result<ChosenNet> choose_net(NetWish wish);

} // namespace ks
