#include "cold/mark.hpp"

#include <string.h>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/sha256.h>

namespace ks {

struct Mark::State {
    wc_Sha256 sha;
};

Mark::Mark() : state_(std::make_unique<State>()) {
    wc_InitSha256(&state_->sha);
}

Mark::~Mark() {
    wc_Sha256Free(&state_->sha);
    explicit_bzero(state_.get(), sizeof *state_);
}

void Mark::add(std::string_view bytes) {
    wc_Sha256Update(&state_->sha, reinterpret_cast<const byte*>(bytes.data()),
                    static_cast<word32>(bytes.size()));
}

u64 Mark::finish() {
    byte digest[WC_SHA256_DIGEST_SIZE]{};
    wc_Sha256Final(&state_->sha, digest);
    u64 mark = 0;
    for (size_t i = 0; i < sizeof mark; ++i) mark = mark << 8 | digest[i];
    return mark;
}

u64 mark_of(std::string_view text) {
    Mark mark;
    mark.add(text);
    return mark.finish();
}

} // namespace ks
