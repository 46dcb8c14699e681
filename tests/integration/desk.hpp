// Desks: an open connection to one venue with the keys of one of ks-mock's demo accounts, which
// signs whatever it is asked to send.
#pragma once

#include "mock.hpp"

namespace ks {

struct BitoproDesk {
    explicit BitoproDesk(const Mock& mock, const std::string& account = "main")
        : key{mock.word("bitopro." + account, "key"), mock.word("bitopro." + account, "secret"),
              mock.word("bitopro." + account, "identity")},
          client(mock.target("bitopro")) {}
    Reply ask(std::string_view call) { return ask(call, ++nonce_ms); }
    Reply ask(std::string_view call, std::uint64_t nonce) {
        return client.ask(call, bitopro_headers(key, nonce));
    }
    BitoproKey key;
    Client client;
    std::uint64_t nonce_ms = unix_ms_now();
};

struct CoinswitchDesk {
    explicit CoinswitchDesk(const Mock& mock, const std::string& account = "main")
        : key{mock.word("coinswitch." + account, "key"),
              mock.word("coinswitch." + account, "secret")},
          client(mock.target("coinswitch")) {}
    Reply post(const std::string& path, std::string_view body) {
        return client.ask("POST " + path, coinswitch_headers(key, "POST" + path, unix_ms_now()),
                          body);
    }
    Reply get(const std::string& path) {
        return client.ask("GET " + path, coinswitch_headers(key, "GET" + path, unix_ms_now()));
    }
    CoinswitchKey key;
    Client client;
};

struct TreadfiDesk {
    explicit TreadfiDesk(const Mock& mock, const std::string& account = "main")
        : headers("Authorization: Token " + mock.word("treadfi." + account, "key") + "\r\n"),
          client(mock.target("treadfi")) {}
    Reply ask(std::string_view call, std::string_view body = {}) {
        return client.ask(call, headers, body);
    }
    std::string headers;
    Client client;
};

inline std::size_t count_of(std::string_view text, std::string_view word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++count;
    return count;
}

// The signed instant of the vectors lies years back: a venue with that clock must accept them.
inline std::string clock_at(std::uint64_t unix_ms) {
    return "* * *: clock behind " + std::to_string(unix_ms_now() - unix_ms) + "ms\n";
}

}
