// A running ks-mock for a test: its own directory, its addresses and keys, its truth as numbers,
// and requests signed by the test's own OpenSSL code.
#pragma once

#include "client.hpp"
#include "process.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ks {

struct MockOptions {
    std::string play{};     // lines of a play
    std::string accounts{}; // lines of an accounts file; empty: the demo's accounts
    std::vector<std::string> more{};
};

class Mock {
public:
    explicit Mock(const MockOptions& options = {});
    ~Mock();

    Target target(const std::string& venue) const;
    std::string dir() const { return dir_; }
    std::string word(const std::string& venue_account, const std::string& kind) const; // a key file
    std::string admin(std::string_view call, std::string_view body = {}) const;
    void play(std::string_view lines) const;
    void add_orders(std::string_view query) const; // "venue=bitopro&account=main&count=3"

    // A number of the truth: truth("bitopro", "main", "/products/margin/open_count"), 0 if absent.
    std::uint64_t truth(std::string_view venue, std::string_view account,
                        std::string_view pointer) const;
    // Asks until the number is as expected; false when it still is not after a generous while.
    bool becomes(std::string_view venue, std::string_view account, std::string_view pointer,
                 std::uint64_t expected) const;
    std::uint64_t traffic(std::string_view venue, std::string_view name) const;

    struct Line {
        std::uint64_t mono_ns;
        std::string venue;
        std::string account;
        std::string request;
        int status;
    };
    std::vector<Line> log() const;

    Process& process() { return process_; }

private:
    std::string dir_;
    Process process_;
    std::map<std::string, std::uint16_t> ports_;
};

std::uint64_t unix_ms_now();

// A fresh directory under /tmp; removed with what it holds by remove_dir.
std::string make_dir();
void remove_dir(const std::string& dir);

struct BitoproKey {
    std::string key;
    std::string secret;
    std::string identity;
};
std::string bitopro_headers(const BitoproKey& key, std::uint64_t nonce_ms);

struct CoinswitchKey {
    std::string public_hex;
    std::string seed_hex;
};
std::string coinswitch_headers(const CoinswitchKey& key, std::string_view message,
                               std::uint64_t epoch_ms);

}
