// One client's connection: bytes from the socket become requests, answers become bytes, delivered
// as their twist says. A connection is busy while an answer is owed; HTTP/1.1 keeps the order.
#pragma once

#include "stage.hpp"

#include <optional>
#include <string>

namespace ks {

// Where a connection ends and what its counters are; a null venue is the admin's plain HTTP.
struct Door {
    Venue* venue = nullptr;
    SSL_CTX* context = nullptr;
    int listen_fd = -1;
};

class Connection {
public:
    Connection(int fd, const Door& door, std::string peer_ip);
    ~Connection();
    Connection(const Connection&) = delete;

    void receive();                        // reads what is there
    std::optional<Request> next_request(); // nothing while busy, or until one is whole
    void deliver(const Answer& answer);    // the request is answered (or never will be)
    void say_goodbye();                    // close_notify, then FIN
    void flush();                          // writes what the socket takes

    bool wants_write() const { return !out_.empty(); }
    bool is_over() const { return is_broken_ || (is_closing_ && out_.empty()); }
    Arrival arrival() const { return {received_, peer_ip_}; }
    int fd() const { return fd_; }
    Venue* venue() const { return door_.venue; }
    u64 idle_close_at_ns() const { return idle_close_at_ns_; } // a later answer puts it off

private:
    void write_plain(std::string_view bytes, const Twist& twist);
    void send_response(const Answer& answer);
    void take_tls_output();
    void refuse_malformed();

    int fd_;
    const Door& door_;
    std::string peer_ip_;
    std::optional<TlsStream> tls_;
    std::string in_;  // decrypted, not yet a whole request
    std::string out_; // encrypted, not yet taken by the socket
    Moment received_;
    u64 idle_close_at_ns_ = never_ns;
    bool is_busy_ = false;
    bool is_byte_by_byte_ = false;
    bool is_closing_ = false;
    bool shuts_write_ = false; // FIN once everything has left, the socket stays
    bool is_broken_ = false;
};

}
