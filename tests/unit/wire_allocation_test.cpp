// Nothing on the wire's side of the hot path allocates: not C++, not wolfCrypt.
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/memory.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "unit/wire_peer.hpp"
#include "wire/http.hpp"
#include "wire/http_request.hpp"

namespace {

thread_local ks::u64 allocations = 0;

void* counted(size_t count) {
    ++allocations;
    return std::malloc(count);
}

} // namespace

// Not inlined: gcc would pair malloc() with delete, or new with free(), and warn.
[[gnu::noinline]] void* operator new(size_t count) {
    if (void* memory = counted(count)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}

namespace ks {
namespace {

using namespace testing;

// Counts while it lives; wolfCrypt's allocations too.
class Counting {
public:
    Counting() {
        wolfSSL_GetAllocators(&malloc_, &free_, &realloc_);
        wolfSSL_SetAllocators(counted, std::free, [](void* memory, size_t count) {
            ++allocations;
            return std::realloc(memory, count);
        });
        before_ = allocations;
    }
    ~Counting() { wolfSSL_SetAllocators(malloc_, free_, realloc_); }
    Counting(const Counting&) = delete;
    Counting& operator=(const Counting&) = delete;
    u64 count() const { return allocations - before_; }

private:
    wolfSSL_Malloc_cb malloc_ = nullptr;
    wolfSSL_Free_cb free_ = nullptr;
    wolfSSL_Realloc_cb realloc_ = nullptr;
    u64 before_ = 0;
};

class AllocationOfSuite : public ::testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(All, AllocationOfSuite, ::testing::ValuesIn(all_suites));

TEST_P(AllocationOfSuite, NoneInTheWholeLifeOfASession) {
    Peer peer{GetParam()};
    const Handover handover = peer.handover();
    const Bytes request = bytes_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const Bytes down =
        join({peer.send("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n"),
              peer.send(23, pattern(600)), peer.send_key_update(true),
              peer.send(22, join({hex("04000064"), pattern(100)})), peer.send(21, hex("0100"))});
    const auto session = std::make_unique<Session>();
    const auto response = std::make_unique<HttpResponse>();
    const auto record = std::make_unique<Record>();
    HttpStep last = HttpStep::need;
    std::span<const std::byte> rest{down};

    const Counting counting;
    const bool is_ready = session->adopt(handover, 1) && is_well_formed_request(request);
    session->seal(request, *record);
    session->spend();
    session->sent();
    response->start();
    for (Opened step; step.broken == Broken::none; rest = rest.subspan(step.used)) {
        step = session->open(rest, 512);
        std::span<const std::byte> content = step.content;
        while (!content.empty() && last != HttpStep::done) {
            const HttpResponse::Step read = response->next(content);
            content = content.subspan(read.used);
            last = read.step;
        }
        if (!session->owed().empty()) {
            session->owed_spent();
            session->sent();
        }
    }
    last = response->end();
    session->close();
    const bool is_closed = !session->owed().empty();
    session->wipe();
    const u64 count = counting.count();

    EXPECT_EQ(count, 0);
    EXPECT_TRUE(is_ready && is_closed);
    EXPECT_EQ(last, HttpStep::done);
}

TEST(Allocation, IsSeenByTheCounterOfThisTest) {
    const Counting counting;
    const auto memory = std::make_unique<std::array<char, 100>>();
    EXPECT_EQ(counting.count(), 1);
    wolfSSL_Free(wolfSSL_Malloc(10));
    EXPECT_EQ(counting.count(), 2);
}

} // namespace
} // namespace ks
