// HttpResponse beyond the table: the facts of a head, and one parser read many times.
#include "unit/wire_http_reading.hpp"

namespace ks {
namespace {

using namespace testing;

struct HttpHeadOf : ::testing::Test {
    const HttpHead& head_of(const std::string& text) {
        Read read;
        response.start();
        feed(response, text, read);
        EXPECT_EQ(read.heads, 1) << text << response.why_broken();
        return response.head();
    }
    HttpResponse response;
};

TEST_F(HttpHeadOf, HasTheStatusOfTheFinalResponse) {
    EXPECT_EQ(head_of("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n").status, 429);
    EXPECT_EQ(head_of("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 599 X\r\nContent-Length: 0\r\n\r\n").status,
              599);
}

TEST_F(HttpHeadOf, ForgetsWhatAnInformationalResponseSaid) {
    const HttpHead& head = head_of("HTTP/1.1 103 Hints\r\nConnection: close\r\nRetry-After: 9\r\n"
                                   "Content-Type: text/html\r\n\r\n" +
                                   ok("Content-Length: 0\r\n"));
    EXPECT_FALSE(head.close);
    EXPECT_FALSE(head.is_html);
    EXPECT_EQ(head.retry_after_s, -1);
}

TEST_F(HttpHeadOf, ClosesWhenEitherSideSaysSoOrNothingElseEndsIt) {
    EXPECT_FALSE(head_of(field("X: y")).close);
    EXPECT_TRUE(head_of(field("Connection: close")).close);
    EXPECT_TRUE(head_of(field("Connection: upgrade,\t CLOSE")).close);
    EXPECT_TRUE(head_of(field("Connection: keep-alive, close")).close);
    EXPECT_FALSE(head_of(field("Connection: closed")).close);
    EXPECT_FALSE(head_of(field("Connection: keep-alive")).close);
    EXPECT_TRUE(head_of("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").close);
    EXPECT_FALSE(
        head_of("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n").close);
    EXPECT_TRUE(head_of(ok("")).close);
}

TEST_F(HttpHeadOf, KnowsTheContentType) {
    EXPECT_TRUE(head_of(field("Content-Type: application/json")).is_json);
    EXPECT_TRUE(head_of(field("Content-Type: Application/JSON ; charset=utf-8")).is_json);
    EXPECT_TRUE(head_of(field("Content-Type: application/problem+json")).is_json);
    EXPECT_FALSE(head_of(field("Content-Type: application/jsonp")).is_json);
    EXPECT_FALSE(head_of(field("Content-Type: text/plain; x=application/json")).is_json);
    EXPECT_TRUE(head_of(field("Content-Type: text/html;charset=utf-8")).is_html);
    EXPECT_FALSE(head_of(field("Content-Type: text/html5")).is_html);
    EXPECT_FALSE(head_of(field("X: y")).is_json);
}

TEST_F(HttpHeadOf, KnowsAnEncodedBody) {
    EXPECT_TRUE(head_of(field("Content-Encoding: gzip")).is_encoded);
    EXPECT_TRUE(head_of(field("Content-Encoding: identity, br")).is_encoded);
    EXPECT_FALSE(head_of(field("Content-Encoding: Identity")).is_encoded);
    EXPECT_FALSE(head_of(field("Content-Encoding:")).is_encoded);
    EXPECT_FALSE(head_of(field("X: y")).is_encoded);
}

TEST_F(HttpHeadOf, ReadsRetryAfterAsSecondsOrNotesADate) {
    EXPECT_EQ(head_of(field("Retry-After: 120")).retry_after_s, 120);
    EXPECT_EQ(head_of(field("Retry-After: 0")).retry_after_s, 0);
    EXPECT_EQ(head_of(field("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT")).retry_after_s, -2);
    EXPECT_EQ(head_of(field("Retry-After: soon")).retry_after_s, -1);
    EXPECT_EQ(head_of(field("Retry-After: -5")).retry_after_s, -1);
    EXPECT_EQ(head_of(field("X: y")).retry_after_s, -1);
}

TEST_F(HttpHeadOf, ReadsTheDate) {
    EXPECT_EQ(head_of(field("Date: Sun, 06 Nov 1994 08:49:37 GMT")).date_unix_s, 784'111'777);
    EXPECT_EQ(head_of(field("X: y")).date_unix_s, -1);
}

TEST_F(HttpHeadOf, ReadsTheKeepAliveTimeout) {
    EXPECT_EQ(head_of(field("Keep-Alive: timeout=75")).keep_alive_s, 75);
    EXPECT_EQ(head_of(field("Keep-Alive: max=100, Timeout=5")).keep_alive_s, 5);
    EXPECT_EQ(head_of(field("Keep-Alive: timeout=x")).keep_alive_s, -1);
    EXPECT_EQ(head_of(field("Keep-Alive: max=100")).keep_alive_s, -1);
}

TEST_F(HttpHeadOf, IgnoresTrailers) {
    EXPECT_FALSE(head_of(chunked("0\r\nConnection: close\r\n\r\n")).close);
}

TEST(HttpResponse, IsUntouchedUntilTheFirstByteAndAfterStart) {
    HttpResponse response;
    response.start();
    EXPECT_TRUE(response.is_untouched());
    EXPECT_EQ(response.next({}).step, HttpStep::need);
    EXPECT_TRUE(response.is_untouched());
    response.next(as_bytes_of("H"));
    EXPECT_FALSE(response.is_untouched());
    response.next(as_bytes_of("TTP/1.1 100 C\r\n\r\n"));
    EXPECT_FALSE(response.is_untouched());
    response.start();
    EXPECT_TRUE(response.is_untouched());
}

TEST(HttpResponse, LeavesTheBytesAfterItAndBreaksWhenFedThem) {
    HttpResponse response;
    Read read;
    response.start();
    feed(response, ok("Content-Length: 2\r\n", "okmore"), read);
    EXPECT_EQ(read.last, HttpStep::done);
    EXPECT_EQ(read.left_bytes, 4);
    EXPECT_EQ(response.next({}).step, HttpStep::done);
    EXPECT_EQ(response.next(as_bytes_of("more")).step, HttpStep::broken);
    EXPECT_EQ(response.why_broken(), "bytes after the end of the response");
    EXPECT_EQ(response.end(), HttpStep::broken);
}

TEST(HttpResponse, StaysDoneWhenTheStreamEndsAfterIt) {
    HttpResponse response;
    read_all(response, ok("Content-Length: 2\r\n", "ok"));
    EXPECT_EQ(response.end(), HttpStep::done);
}

TEST(HttpResponse, StartsAfreshAfterABrokenOne) {
    HttpResponse response;
    EXPECT_EQ(read_all(response, "nonsense\r\n").last, HttpStep::broken);
    EXPECT_EQ(read_all(response, ok("Content-Length: 2\r\n", "ok")).body, "ok");
    EXPECT_EQ(response.why_broken(), "");
}

TEST(HttpResponse, HandsOutABodyOfAnySizeWithoutHoldingIt) {
    HttpResponse response;
    Read read;
    response.start();
    feed(response, ok("Content-Length: 10000000\r\n"), read);
    const std::string piece(100'000, 'b');
    for (u32 i = 0; i < 100; ++i) {
        const HttpResponse::Step step = response.next(as_bytes_of(piece));
        ASSERT_EQ(step.step, HttpStep::body);
        ASSERT_EQ(step.body.data(), as_bytes_of(piece).data());
        ASSERT_EQ(step.used, piece.size());
    }
    EXPECT_EQ(response.next({}).step, HttpStep::done);
}

} // namespace
} // namespace ks
