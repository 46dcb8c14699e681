#include "net/choose.hpp"

namespace ks {

Result<NetWish> parse_net_wish(std::string_view word) {
    if (word == "auto") return NetWish::automatic;
    if (word == "uring") return NetWish::uring;
    if (word == "sockets") return NetWish::sockets;
    return Error{"net is '" + std::string(word) + "'; write \"auto\", \"uring\" or \"sockets\""};
}

namespace {

Result<ChosenNet> choose_sockets(std::string reason) {
    Result<std::unique_ptr<SocketNet>> sockets = SocketNet::open();
    if (!sockets) return std::move(sockets).error().within("sockets");
    return ChosenNet{.net = *std::move(sockets), .reason = "sockets: " + std::move(reason)};
}

ChosenNet choose_uring(std::unique_ptr<UringNet> uring, Sender* second) {
    std::string reason = "io_uring: " + std::string(uring->rung());
    if (!second) return {.net = std::move(uring), .reason = std::move(reason)};
    return {.net = std::make_unique<TwinNet>(std::move(uring), *second),
            .reason = reason + "; a second CPU sends part of a large salvo"};
}

} // namespace

Result<ChosenNet> choose_net(NetWish wish, Sender* second) {
    const std::string alone = second ? "; sender_cpu is not used, it needs io_uring" : "";
    if (wish == NetWish::sockets) return choose_sockets("the configuration asks for them" + alone);
    Result<std::unique_ptr<UringNet>> uring = UringNet::open();
    if (uring) return choose_uring(*std::move(uring), second);
    if (wish == NetWish::automatic)
        return choose_sockets(std::move(uring).error().sentence + alone);
    Error error = std::move(uring).error().within("net = \"uring\"");
    error.sentence += "; allow it, or write net = \"auto\"";
    return error;
}

} // namespace ks
