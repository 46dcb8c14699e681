// Choose: which net this run uses, and why, as a sentence for the operator. Never silent.
#pragma once

#include <string_view>
#include <variant>

#include "net/socket_net.hpp"
#include "net/twin_net.hpp"

namespace ks {

enum class NetWish : u8 { automatic, uring, sockets };

struct ChosenNet {
    std::variant<std::unique_ptr<UringNet>, std::unique_ptr<SocketNet>, std::unique_ptr<TwinNet>>
        net;            // for std::visit
    std::string reason; // "sockets: io_uring_setup refused: EPERM (seccomp or ...)"
    bool is_uring() const { return net.index() != 1; }
};

// "auto", "uring" or "sockets", as the configuration writes it.
Result<NetWish> parse_net_wish(std::string_view word);
// Call it on the thread that will use the net. Fails when what was forced is not to be had.
// `second` sends part of a large salvo, where io_uring is used; it must outlive the net.
Result<ChosenNet> choose_net(NetWish wish, Sender* second = nullptr);

} // namespace ks
