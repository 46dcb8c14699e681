// The strict reading back of built requests: what may be armed, and why the rest may not.
#include "wire/http_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ks {
namespace {

std::string_view fault_of(std::string_view text) {
    return request_fault({reinterpret_cast<const std::byte*>(text.data()), text.size()});
}

struct Case {
    const char* name;
    std::string text;
    const char* fault = nullptr; // part of the sentence; nullptr: well-formed
};

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: api.venue.example\r\n\r\n";
}
std::string with(const std::string& line) {
    return "DELETE /v3/orders HTTP/1.1\r\nHost: api.venue.example\r\n" + line + "\r\n\r\n";
}
std::string headers(u32 count) {
    std::string lines = "X: 1";
    for (u32 i = 2; i < count; ++i) lines += "\r\nX: 1";
    return with(lines);
}

const Case cases[] = {
    {"Delete", with("X-Key: abc")},
    {"GetWithQuery", get("/a/b?symbol=BTC%2fUSDT&side=BUY&t=1700000000000")},
    {"AllMarks", get("/-._~!$&'()*+,;=:@/?/?-._~!$&'()*+,;=:@")},
    {"Root", get("/")},
    {"Body", with("Content-Type: application/json\r\nContent-Length: 2") + "{}"},
    {"BodyOfCrLf", with("Content-Length: 4") + "\r\n\r\n"},
    {"LengthZero", with("Content-Length: 0")},
    {"HostWithPort", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8443\r\n\r\n"},
    {"HostOfIpV6", "GET / HTTP/1.1\r\nhost: [::1]:8443\r\n\r\n"},
    {"EmptyValue", with("X-Empty:")},
    {"AsManyHeadersAsAllowed", headers(128)},

    {"Nothing", "", "no line ends"},
    {"HeadNotEnded", "GET / HTTP/1.1\r\nHost: a\r\n", "no empty line"},
    {"OnlyARequestLine", "GET / HTTP/1.1\r\n", "no empty line"},
    {"TwoRequests", get("/") + get("/"), "not as long"},
    {"NoTarget", "GET HTTP/1.1\r\nHost: a\r\n\r\n", "not method, target"},
    {"NoMethod", " / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
    {"MethodNotAToken", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
    {"Head", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD"},
    {"Connect", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT"},
    {"AbsoluteTarget", get("http://a/"), "target"},
    {"TargetWithBlank", get("/a b"), "target"},
    {"TargetWithTab", get("/a\tb"), "target"},
    {"TargetWithBareCr", get("/a\rb"), "target"},
    {"TargetWithBareLf", get("/a\nX: b"), "target"},
    {"TargetWithNul", get(std::string("/a\0b", 4)), "target"},
    {"TargetWithQuote", get("/?a=\"b\""), "target"},
    {"TargetWithBracket", get("/?a=[b]"), "target"},
    {"TargetWithFragment", get("/#a"), "target"},
    {"TargetBeyondAscii", get("/\xc3\xa9"), "target"},
    {"TargetWithBadEscape", get("/%2g"), "target"},
    {"TargetWithCutEscape", get("/%2"), "target"},
    {"TargetWithCutEscapeAtItsEnd", get("/%"), "target"},
    {"EmptyTarget", get(""), "target"},
    {"Http10", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "version"},
    {"NoHost", "GET / HTTP/1.1\r\nX: a\r\n\r\n", "Host"},
    {"TwoHosts", with("Host: other"), "exactly one Host"},
    {"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "host name"},
    {"HostOfTwoNames", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "host name"},
    {"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "host name"},
    {"HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "host name"},
    {"HeaderWithoutColon", with("X"), "header line"},
    {"HeaderWithBlankBeforeColon", with("X : a"), "header line"},
    {"HeaderFolded", with("X: a\r\n b"), "header line"},
    {"HeaderWithBareCr", with("X: a\rb"), "header line"},
    {"HeaderWithBareLf", with("X: a\nY: b"), "header line"},
    {"HeaderWithNul", with(std::string("X: a\0b", 6)), "header line"},
    {"HeaderWithEscape", with("X: \x1b[0m"), "header line"},
    {"OneHeaderTooMany", headers(129), "128 headers"},
    {"BodyWithoutLength", with("X: a") + "{}", "not as long"},
    {"BodyTooShort", with("Content-Length: 3") + "{}", "not as long"},
    {"BodyTooLong", with("Content-Length: 1") + "{}", "not as long"},
    {"LengthNotANumber", with("Content-Length: two") + "{}", "not a number"},
    {"LengthBelowZero", with("Content-Length: -2") + "{}", "not a number"},
    {"TwoLengths", with("Content-Length: 2\r\nContent-Length: 2") + "{}", "more than one"},
    {"Chunked", with("Transfer-Encoding: chunked") + "0\r\n\r\n", "Transfer-Encoding"},
    {"Expect", with("Expect: 100-continue"), "Expect"},
    {"Upgrade", with("Upgrade: websocket"), "Upgrade"},
};

class HttpRequest : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Table, HttpRequest, ::testing::ValuesIn(cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(HttpRequest, IsWellFormedOrRefusedForItsReason) {
    const std::string_view fault = fault_of(GetParam().text);
    if (GetParam().fault == nullptr) {
        EXPECT_EQ(fault, "");
    } else {
        EXPECT_NE(fault.find(GetParam().fault), std::string_view::npos) << "said: " << fault;
    }
}

TEST(HttpRequestCheck, RefusesEveryControlByteAnywhereInTheHead) {
    const std::string good = with("X-Key: abc");
    for (size_t at = 0; at < good.size(); ++at) {
        for (const char control : {'\0', '\x01', '\n', '\r', '\x1f', '\x7f'}) {
            std::string text = good;
            if (text[at] == control) continue;
            text[at] = control;
            EXPECT_FALSE(is_well_formed_request(std::as_bytes(std::span{text})))
                << "byte " << at << " = " << int{control};
        }
    }
}

TEST(HttpRequestCheck, RefusesARequestCutAtAnyByte) {
    const std::string good = with("Content-Length: 2") + "{}";
    ASSERT_EQ(fault_of(good), "");
    for (size_t count = 0; count < good.size(); ++count)
        EXPECT_NE(fault_of(std::string_view(good).substr(0, count)), "") << count;
}

} // namespace
} // namespace ks
