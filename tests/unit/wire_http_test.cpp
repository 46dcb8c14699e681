// HttpResponse: a table of good, ambiguous and malformed responses, each read at every split.
#include "unit/wire_http_reading.hpp"

namespace ks {
namespace {

using namespace testing;

struct Case {
    const char* name;
    std::string text;
    const char* body = nullptr; // nullptr: broken
    const char* why = "";       // part of the sentence
};

std::string headers(u32 count) {
    std::string lines = "Content-Length: 0\r\n";
    for (u32 i = 1; i < count; ++i) lines += "X-Nothing: 1\r\n";
    return ok(lines);
}
std::string informational(u32 count) {
    std::string text;
    for (u32 i = 0; i < count; ++i) text += "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    return text + ok("Content-Length: 1\r\n", "x");
}
// A line of exactly `count` bytes, its CR included and its LF not.
std::string line_of(size_t count) {
    return "X: " + std::string(count - 4, 'v');
}
// A response whose head is exactly `count` bytes, in two long lines.
std::string head_of_size(size_t count) {
    const std::string start = "HTTP/1.1 204 No Content\r\n" + line_of(8192) + "\r\n";
    return start + line_of(count - start.size() - 3) + "\r\n\r\n";
}

const Case cases[] = {
    // Good.
    {"Length", ok("Content-Length: 5\r\n", "hello"), "hello"},
    {"LengthZero", ok("Content-Length: 0\r\n"), ""},
    {"LengthInAnyCase", ok("cOnTeNt-LeNgTh:5\r\n", "hello"), "hello"},
    {"LengthWithBlanks", ok("Content-Length: \t 5 \t\r\n", "hello"), "hello"},
    {"LengthWithLeadingZeros", ok("Content-Length: 0005\r\n", "hello"), "hello"},
    {"UntilTheEndOfTheStream", ok("", "all of it"), "all of it"},
    {"EmptyUntilTheEndOfTheStream", ok(""), ""},
    {"NoContent", "HTTP/1.1 204 No Content\r\n\r\n", ""},
    {"NoContentThatSaysSo", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", ""},
    {"NotModifiedHasNoBody", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
    {"NotModifiedOfAChunked", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
     ""},
    {"EmptyReason", "HTTP/1.1 520 \r\nContent-Length: 0\r\n\r\n", ""},
    {"NoReasonAtAll", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""},
    {"ReasonBeyondAscii", "HTTP/1.1 200 \xc3\xa7\r\nContent-Length: 0\r\n\r\n", ""},
    {"Http10", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
    {"Http10UntilTheEnd", "HTTP/1.0 200 OK\r\n\r\nok", "ok"},
    {"Chunked", chunked("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), "hello!"},
    {"ChunkedEmpty", chunked("0\r\n\r\n"), ""},
    {"ChunkedInAnyCase", ok("transfer-encoding: CHUNKED\r\n", "1\r\nx\r\n0\r\n\r\n"), "x"},
    {"ChunkSizeInHexOfAnyCase", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
     "01234567890123456789"},
    {"ChunkSizeWithLeadingZeros", chunked("0001\r\nx\r\n0000\r\n\r\n"), "x"},
    {"ChunkExtensions", chunked("1;a;b=c ; d = \"e;\\\"\\r\"\r\nx\r\n0;end\r\n\r\n"), "x"},
    {"ChunkOfCrLf", chunked("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n"},
    {"Trailers", chunked("1\r\nx\r\n0\r\nX-Sum: 1\r\nX-End: 2\r\n\r\n"), "x"},
    {"TrailersDecideNothing", chunked("1\r\nx\r\n0\r\nContent-Length: 9\r\n\r\n"), "x"},
    {"Continue", "HTTP/1.1 100 Continue\r\n\r\n" + ok("Content-Length: 1\r\n", "x"), "x"},
    {"SixteenInformational", informational(16), "x"},
    {"HeaderWithoutValue", field("X-Empty:"), ""},
    {"HeaderBeyondAscii", field("X-Name: \xc3\xa9"), ""},
    {"HeaderNameOfMarks", field("!#$%&'*+-.^_`|~9: x"), ""},
    {"RepeatedListHeaders",
     field("Connection: a\r\nConnection: b\r\nSet-Cookie: 1\r\nSet-Cookie: 2"), ""},
    {"AsManyHeadersAsAllowed", headers(128), ""},
    {"AsLongALineAsAllowed", field(line_of(http_line_bytes_max)), ""},
    {"AsLongAHeadAsAllowed", head_of_size(http_head_bytes_max), ""},
    {"UnreadableDateIsNone", field("Date: yesterday"), ""},
    // Ambiguous: two readers could cut them differently.
    {"TwoLengths", ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), nullptr, "twice"},
    {"TheSameLengthTwice", ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), nullptr,
     "twice"},
    {"LengthAsList", ok("Content-Length: 5, 5\r\n", "hello"), nullptr, "not a number"},
    {"LengthAndChunked", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
     nullptr, "both"},
    {"ChunkedAndLength", ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
     nullptr, "both"},
    {"ChunkedTwice", ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), nullptr,
     "twice"},
    {"ChunkedTwiceInOne", ok("Transfer-Encoding: chunked, chunked\r\n"), nullptr, "other than"},
    {"UnknownCoding", ok("Transfer-Encoding: gzip, chunked\r\n"), nullptr, "other than"},
    {"IdentityCoding", ok("Transfer-Encoding: identity\r\n"), nullptr, "other than"},
    {"ChunkedWithVerticalTab",
     ok("Transfer-Encoding: \x0b"
        "chunked\r\n"),
     nullptr, "malformed header"},
    {"ChunkedInHttp10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", nullptr,
     "HTTP/1.0"},
    {"BytesAfterTheEnd", ok("Content-Length: 2\r\n", "okHTTP"), "ok"},
    {"NoContentWithLength", "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\nx", nullptr,
     "204"},
    {"NoContentChunked", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", nullptr, "204"},
    {"InformationalWithLength", "HTTP/1.1 100 C\r\nContent-Length: 0\r\n\r\n", nullptr,
     "informational"},
    {"InformationalChunked", "HTTP/1.1 100 C\r\nTransfer-Encoding: chunked\r\n\r\n", nullptr,
     "informational"},
    {"SwitchingProtocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", nullptr, "switches"},
    {"TwoContentTypes", field("Content-Type: a/b\r\nContent-Type: c/d"), nullptr, "twice"},
    {"TwoDates", field("Date: a\r\nDate: a"), nullptr, "twice"},
    {"FoldedHeader", field("X: a\r\n b"), nullptr, "folded"},
    {"FoldedWithTab", field("X: a\r\n\tb"), nullptr, "folded"},
    {"BlankBeforeTheFirstHeader", ok(" X: a\r\n"), nullptr, "folded"},
    {"BlankBeforeTheColon", ok("Content-Length : 5\r\n", "hello"), nullptr, "malformed header"},
    {"BareLf", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", nullptr, "LF without CR"},
    {"BareLfBetweenHeaders", field("X: a\nY: b"), nullptr, "LF without CR"},
    {"BareLfEndsTheHead", "HTTP/1.1 200 OK\r\n\n", nullptr, "LF without CR"},
    {"BareCrInAValue", field("X: a\rb"), nullptr, "malformed header"},
    {"CrCrLf", field("X: a\r"), nullptr, "malformed header"},
    {"NulInAValue", field(std::string("X: a\0b", 6)), nullptr, "malformed header"},
    {"DeleteInAValue", field("X: a\x7f"), nullptr, "malformed header"},
    {"BareCrInTheReason", "HTTP/1.1 200 O\rK\r\n\r\n", nullptr, "reason"},
    // Malformed.
    {"LengthOfNothing", ok("Content-Length:\r\n"), nullptr, "not a number"},
    {"LengthBelowZero", ok("Content-Length: -1\r\n"), nullptr, "not a number"},
    {"LengthWithPlus", ok("Content-Length: +5\r\n", "hello"), nullptr, "not a number"},
    {"LengthInHex", ok("Content-Length: 0x5\r\n", "hello"), nullptr, "not a number"},
    {"LengthBeyondNumbers", ok("Content-Length: 1000000000000000000\r\n"), nullptr, "not a number"},
    {"HeaderWithoutColon", field("Nonsense"), nullptr, "malformed header"},
    {"HeaderWithoutName", field(": x"), nullptr, "malformed header"},
    {"HeaderNameWithBlank", field("X Y: z"), nullptr, "malformed header"},
    {"HeaderNameBeyondAscii", field("X\xc3: z"), nullptr, "malformed header"},
    {"ChunkWithoutSize", chunked("\r\nx\r\n0\r\n\r\n"), nullptr, "hexadecimal"},
    {"ChunkSizeOfNonsense", chunked("g\r\n"), nullptr, "hexadecimal"},
    {"ChunkSizeBelowZero", chunked("-1\r\n"), nullptr, "hexadecimal"},
    {"ChunkSizeAsInC", chunked("0x1\r\nx\r\n"), nullptr, "extension"},
    {"ChunkSizeBeyondNumbers", chunked("1000000000000000\r\n"), nullptr, "hexadecimal"},
    {"ChunkSizeWithBlankAfter", chunked("1 \r\nx\r\n0\r\n\r\n"), nullptr, "extension"},
    {"ChunkSizeWithBlankBefore", chunked(" 1\r\nx\r\n0\r\n\r\n"), nullptr, "hexadecimal"},
    {"ChunkExtensionWithoutName", chunked("1;\r\nx\r\n"), nullptr, "extension"},
    {"ChunkExtensionWithoutValue", chunked("1;a=\r\nx\r\n"), nullptr, "extension"},
    {"ChunkExtensionLeftOpen", chunked("1;a=\"b\r\nx\r\n"), nullptr, "extension"},
    {"ChunkExtensionWithBareCr", chunked("1;a=\"\r\"\r\nx\r\n"), nullptr, "extension"},
    {"ChunkLongerThanItsSize", chunked("1\r\nxy\r\n0\r\n\r\n"), nullptr, "longer than its size"},
    {"ChunkWithoutItsCr", chunked("1\r\nx\n0\r\n\r\n"), nullptr, "LF without CR"},
    {"MalformedTrailer", chunked("0\r\nnonsense\r\n\r\n"), nullptr, "malformed header"},
    {"FoldedTrailer", chunked("0\r\nX: a\r\n b\r\n\r\n"), nullptr, "folded"},
    {"NotHttp", "SSH-2.0-OpenSSH_9.2\r\n", nullptr, "status line"},
    {"EmptyLineFirst", "\r\n" + ok("Content-Length: 0\r\n"), nullptr, "status line"},
    {"LowerCaseVersion", "http/1.1 200 OK\r\n\r\n", nullptr, "status line"},
    {"Http2", "HTTP/2 200\r\n\r\n", nullptr, "status line"},
    {"Http12", "HTTP/1.2 200 OK\r\n\r\n", nullptr, "neither"},
    {"TwoBlanksBeforeTheStatus", "HTTP/1.1  200 OK\r\n\r\n", nullptr, "100 to 599"},
    {"NoBlankBeforeTheStatus", "HTTP/1.1200 OK\r\n\r\n", nullptr, "status line"},
    {"StatusOfTwoDigits", "HTTP/1.1 20 OK\r\n\r\n", nullptr, "100 to 599"},
    {"StatusOfFourDigits", "HTTP/1.1 2000 OK\r\n\r\n", nullptr, "reason"},
    {"StatusTooLow", "HTTP/1.1 099 Low\r\n\r\n", nullptr, "100 to 599"},
    {"StatusTooHigh", "HTTP/1.1 600 High\r\n\r\n", nullptr, "100 to 599"},
    {"StatusMissing", "HTTP/1.1 \r\n\r\n", nullptr, "100 to 599"},
    {"SeventeenInformational", informational(17), nullptr, "16 informational"},
    {"OneHeaderTooMany", headers(129), nullptr, "128 headers"},
    {"OneByteTooMuchInALine", field(line_of(http_line_bytes_max + 1)), nullptr, "8 KiB"},
    {"OneByteTooMuchInTheHead", head_of_size(http_head_bytes_max + 1), nullptr, "16 KiB"},
    {"EndlessLine", std::string(20'000, 'x'), nullptr, "8 KiB"},
    // Cut short: the end of the stream is the end of the response only where nothing else says so.
    {"Nothing", "", nullptr, "ended before"},
    {"CutInTheStatusLine", "HTTP/1.1 200 O", nullptr, "ended before"},
    {"CutInTheHead", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", nullptr, "ended before"},
    {"CutInTheBody", ok("Content-Length: 5\r\n", "hell"), nullptr, "ended before"},
    {"CutAfterInformational", "HTTP/1.1 100 Continue\r\n\r\n", nullptr, "ended before"},
    {"CutInAChunk", chunked("5\r\nhell"), nullptr, "ended before"},
    {"CutAfterAChunk", chunked("1\r\nx\r\n"), nullptr, "ended before"},
    {"CutBeforeTheEndOfTrailers", chunked("1\r\nx\r\n0\r\n"), nullptr, "ended before"},
};

struct Http : ::testing::TestWithParam<Case> {
    HttpResponse response;
};
INSTANTIATE_TEST_SUITE_P(Table, Http, ::testing::ValuesIn(cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Http, ReadsOrRefusesIt) {
    const Read read = read_all(response, GetParam().text);
    if (GetParam().body == nullptr) {
        EXPECT_EQ(read.last, HttpStep::broken) << read.body;
        EXPECT_NE(read.why.find(GetParam().why), std::string::npos) << read.why;
    } else {
        EXPECT_EQ(read.last, HttpStep::done) << read.why;
        EXPECT_EQ(read.body, GetParam().body);
        EXPECT_EQ(read.heads, 1);
        EXPECT_EQ(read.why, "");
    }
}

TEST_P(Http, IsTheSameSplitAtAnyByte) {
    const std::string& text = GetParam().text;
    const Read whole = read_all(response, text);
    for (const size_t piece : {1, 2, 3, 7, 512})
        ASSERT_EQ(read_all(response, text, piece), whole) << "in pieces of " << piece;
    if (text.size() > 2'000) return; // quadratic; the pieces above have covered it
    for (size_t cut = 1; cut < text.size(); ++cut) {
        Read read;
        response.start();
        feed(response, std::string_view(text).substr(0, cut), read);
        feed(response, std::string_view(text).substr(cut), read);
        if (read.last != HttpStep::done && read.last != HttpStep::broken)
            read.last = response.end();
        read.why = response.why_broken();
        ASSERT_EQ(read, whole) << "cut at " << cut;
    }
}

} // namespace
} // namespace ks
