// ksctl journal, from outside: what it prints, and what it says about damage.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../unit/temp_dir.hpp"
#include "process.hpp"

namespace ks {
namespace {

namespace fs = std::filesystem;

constexpr const char* golden = KS_SOURCE_DIR "/tests/vectors/journal/journal-00000001.ksj";
constexpr const char* golden_head =
    "9ecdc0d94751d4d9c64fdc4677a03208cc14de86d35ac745e0b9978ff3a0be3b";

struct Said {
    int code;
    std::string text;
    std::string errors;
};

class KsctlJournal : public ::testing::Test {
protected:
    KsctlJournal() { fs::copy(golden, dir.path()); }

    Said ksctl(std::vector<std::string> words) {
        words.insert(words.begin(), {KS_TOOLS_DIR "/ksctl/ksctl", "journal"});
        Process process(words);
        std::string text;
        for (std::string line; !(line = process.read_line()).empty();) text += line + "\n";
        const int code = process.wait();
        return {code, text, process.read_errors()};
    }
    void flip(size_t offset) {
        std::fstream file(dir / "journal-00000001.ksj",
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(offset));
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
    TempDir dir;
};

TEST_F(KsctlJournal, PrintsATimeline) {
    const Said said = ksctl({"print", dir.path()});
    EXPECT_EQ(said.code, 0) << said.errors;
    EXPECT_NE(said.text.find("2023-11-14 22:13:20.123459    +3.4 µs  shot sent: bitopro/main "
                             "margin * on bitopro#0, nonce 1700000000123\n"),
              std::string::npos)
        << said.text;
}

TEST_F(KsctlJournal, ExportsOneObjectARecord) {
    const Said said = ksctl({"export", dir / "journal-00000001.ksj"});
    EXPECT_EQ(said.code, 0) << said.errors;
    EXPECT_EQ(std::ranges::count(said.text, '\n'), 5);
    EXPECT_TRUE(said.text.starts_with(R"({"schema":"killswitch.journal/1","sequence":1,)"))
        << said.text;
    EXPECT_NE(said.text.find(R"js("sentence":"PULLED: all by risk: kill 5 (epoch 1)","scope":0)js"),
              std::string::npos)
        << said.text;
}

TEST_F(KsctlJournal, VerifiesAndNamesTheLastWholeRecord) {
    const Said said = ksctl({"verify", dir.path(), "--head", golden_head});
    EXPECT_EQ(said.code, 0) << said.errors;
    EXPECT_NE(said.text.find("last whole record: 5, 2023-11-14 22:13:29.123456 UTC, "
                             "journal-00000001.ksj: byte 520"),
              std::string::npos)
        << said.text;
}

TEST_F(KsctlJournal, FindsAFlippedByteAndStillPrintsWhatIsWhole) {
    flip(500);
    const Said verified = ksctl({"verify", dir.path()});
    EXPECT_EQ(verified.code, 65);
    EXPECT_EQ(verified.errors, "DAMAGED journal-00000001.ksj: byte 408: record 4: found a record "
                               "whose checksum does not match its bytes\n");
    const Said printed = ksctl({"print", dir.path()});
    EXPECT_EQ(printed.code, 65);
    EXPECT_NE(printed.text.find("PULLED: all by risk"), std::string::npos);
    EXPECT_EQ(printed.text.find("shot sent"), std::string::npos);
}

TEST_F(KsctlJournal, FindsACutTailByItsHead) {
    fs::resize_file(dir / "journal-00000001.ksj", 520);
    EXPECT_EQ(ksctl({"verify", dir.path()}).code, 0);
    const Said said = ksctl({"verify", dir.path(), "--head", golden_head, "--json"});
    EXPECT_EQ(said.code, 65);
    EXPECT_TRUE(said.text.starts_with(
        R"({"schema":"killswitch.journal.survey/1","whole":false,"records":4)"))
        << said.text;
}

TEST_F(KsctlJournal, RefusesWordsItDoesNotKnow) {
    EXPECT_EQ(ksctl({"erase", dir.path()}).code, 64);
    EXPECT_EQ(ksctl({"verify", dir.path(), "--head", "abc"}).code, 64);
    EXPECT_EQ(ksctl({"print", dir / "nothing"}).code, 65);
}

} // namespace
} // namespace ks
