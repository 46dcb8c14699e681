// Peer: what the three C++ peers share: the page, the wait for its trigger, and BitoPro's
// signature. Each of them brings its own way to the wire, which is what is measured.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/mman.h>
#include <unistd.h>

#include "page.hpp"
#include "tsc.hpp"

namespace ks::bench {

constexpr const char* host = "localhost"; // what the venue's certificate must say
constexpr const char* address = "127.0.0.1";
constexpr const char* path = "/v3/orders/all";
constexpr u32 warm_up_requests = 2;

[[noreturn]] inline void give_up(const std::string& sentence) {
    std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, sentence.c_str());
    std::exit(1);
}

// What proves to BitoPro who asks: engine/venues/bitopro.toml says the same as data.
struct Proof {
    std::string key;
    std::string payload;   // base64 of the identity and the nonce
    std::string signature; // hex of HMAC-SHA-384 over the payload
};

inline std::string base64(const std::string& text) {
    std::string coded(4 * ((text.size() + 2) / 3) + 1, '\0'); // OpenSSL adds a NUL
    const int bytes =
        EVP_EncodeBlock(reinterpret_cast<u8*>(coded.data()),
                        reinterpret_cast<const u8*>(text.data()), static_cast<int>(text.size()));
    coded.resize(static_cast<size_t>(bytes));
    return coded;
}

inline std::string hex_hmac_sha384(const std::string& secret, const std::string& text) {
    std::array<u8, EVP_MAX_MD_SIZE> digest{};
    unsigned digest_bytes = 0;
    HMAC(EVP_sha384(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const u8*>(text.data()), text.size(), digest.data(), &digest_bytes);
    std::string hex;
    for (unsigned i = 0; i < digest_bytes; ++i) {
        hex += "0123456789abcdef"[digest[i] >> 4];
        hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
}

inline i64 unix_ms() {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

class Peer {
public:
    Peer(int argument_count, char** arguments) {
        if (argument_count != 4) give_up("usage: PAGE_FILE PORT CA_FILE");
        port_ = arguments[2];
        ca_file_ = arguments[3];
        const int file = open(arguments[1], O_RDWR | O_CLOEXEC);
        void* const map =
            mmap(nullptr, sizeof(PeerPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (file < 0 || map == MAP_FAILED) give_up("cannot map its page");
        close(file);
        page_ = static_cast<PeerPage*>(map);
        last_trigger_ = page_->trigger.load(std::memory_order_relaxed);
    }

    const std::string& port() const { return port_; }
    const std::string& ca_file() const { return ca_file_; }

    Proof sign() const {
        Proof proof{.key = page_->key.data(), .payload = {}, .signature = {}};
        proof.payload = base64(std::string(R"({"identity":")") + page_->identity.data() +
                               R"(","nonce":)" + std::to_string(unix_ms()) + "}");
        proof.signature = hex_hmac_sha384(page_->secret.data(), proof.payload);
        return proof;
    }

    void say_ready() {
        // release: pairs with the venue's wait for a warm peer
        page_->state.store(static_cast<u64>(PeerState::ready), std::memory_order_release);
    }

    // Spins; true: fire now. False: the venue wants no more. Ends the process when nobody is there.
    bool wait_for_trigger() {
        const i64 since_ns = monotonic_ns();
        for (u32 spin = 1;; ++spin) {
            // acquire: pairs with the venue's store of the trigger
            const u64 trigger = page_->trigger.load(std::memory_order_acquire);
            if (trigger != last_trigger_) {
                seen_ns_ = monotonic_ns();
                last_trigger_ = trigger;
                return true;
            }
            if (page_->stop.load(std::memory_order_relaxed) == 1) return false;
            if (spin % spins_between_doubts == 0) doubt(since_ns);
        }
    }

    // The answer to the last trigger has been read and was 200.
    void say_done() {
        page_->seen_ns.store(seen_ns_, std::memory_order_relaxed);
        page_->done_ns.store(monotonic_ns(), std::memory_order_relaxed);
        // release: pairs with the venue's wait, which then reads both times
        page_->done.store(last_trigger_, std::memory_order_release);
    }

private:
    static constexpr u32 spins_between_doubts = 1 << 20; // about a millisecond
    static constexpr i64 idle_ns_max = 120'000'000'000;

    void doubt(i64 since_ns) const {
        if (getppid() != parent_) give_up("its venue is gone");
        if (monotonic_ns() - since_ns > idle_ns_max) give_up("no trigger in 120 s");
    }

    PeerPage* page_ = nullptr;
    std::string port_;
    std::string ca_file_;
    pid_t parent_ = getppid();
    u64 last_trigger_ = 0;
    i64 seen_ns_ = 0;
};

} // namespace ks::bench
