// The ring's file: made once, adopted ever after, and never taken from a stranger.
#include "cold/journal_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

namespace fs = std::filesystem;

class JournalRingFileTest : public ::testing::Test {
protected:
    std::string refusal() {
        const Result<JournalRingFile> opened = JournalRingFile::open(run.get());
        return opened ? "accepted" : opened.error().sentence;
    }
    void expect_refusal(const std::string& why) {
        EXPECT_EQ(refusal(), "journal.ring: " + why +
                                 "; move it out of the run directory to start with a new ring (its "
                                 "events stay in that file)");
    }
    TempDir dir;
    Fd run{open(dir.path().c_str(), O_RDONLY | O_DIRECTORY)};
    std::string path = dir / journal_ring_name;
};

TEST_F(JournalRingFileTest, IsMadeOnceAndAdoptedWithItsEvents) {
    u64 nonce = 0;
    {
        Result<JournalRingFile> made = JournalRingFile::open(run.get());
        ASSERT_TRUE(made) << made.error().sentence;
        nonce = made->ring().nonce;
        Journal(made->ring()).note({.kind = EventKind::pull_seen, .scope = 5});
    }
    Result<JournalRingFile> adopted = JournalRingFile::open(run.get());
    ASSERT_TRUE(adopted);
    EXPECT_EQ(adopted->ring().nonce, nonce);
    ASSERT_EQ(JournalDrain(adopted->ring()).written(), 1u);
    EXPECT_EQ(JournalDrain(adopted->ring()).event(1).scope, 5);
}

TEST_F(JournalRingFileTest, IsReadableForItsGroupAndWritableForItsOwnerAlone) {
    ASSERT_EQ(refusal(), "accepted");
    struct stat status;
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0037, 0u);
}

TEST_F(JournalRingFileTest, IsWholeOrAbsentWhenItsMakerDies) {
    std::ofstream(dir / "journal.ring.new") << "half";
    EXPECT_EQ(refusal(), "accepted");
    EXPECT_FALSE(fs::exists(dir / "journal.ring.new"));
}

TEST_F(JournalRingFileTest, RefusesAnotherSize) {
    ASSERT_EQ(refusal(), "accepted");
    fs::resize_file(path, sizeof(JournalRing) - 1);
    expect_refusal("has another size than this engine's");
}

TEST_F(JournalRingFileTest, RefusesASymbolicLink) {
    ASSERT_EQ(refusal(), "accepted");
    fs::rename(path, dir / "elsewhere");
    fs::create_symlink(dir / "elsewhere", path);
    EXPECT_NE(refusal().find("open journal.ring"), std::string::npos);
}

TEST_F(JournalRingFileTest, RefusesASecondName) {
    ASSERT_EQ(refusal(), "accepted");
    fs::create_hard_link(path, dir / "second");
    expect_refusal("is not a plain file");
}

TEST_F(JournalRingFileTest, RefusesAFileThatOthersMayWrite) {
    ASSERT_EQ(refusal(), "accepted");
    fs::permissions(path, fs::perms::group_write, fs::perm_options::add);
    expect_refusal("is writable by others than its owner");
}

TEST_F(JournalRingFileTest, RefusesWhatANewerOrDamagedEngineLeft) {
    const auto refusal_after = [&](auto change) {
        {
            Result<JournalRingFile> file = JournalRingFile::open(run.get());
            if (file) change(file->ring());
        }
        const std::string sentence = refusal();
        fs::remove(path);
        return sentence.substr(0, sentence.find(';'));
    };
    EXPECT_EQ(refusal_after([](JournalRing& ring) { ring.version = 2; }),
              "journal.ring: is not a ring of this version of killswitch");
    EXPECT_EQ(refusal_after([](JournalRing& ring) { ring.magic ^= 1; }),
              "journal.ring: is not a ring of this version of killswitch");
    EXPECT_EQ(refusal_after([](JournalRing& ring) { ring.boot_id[0] ^= 1; }),
              "journal.ring: was made before this machine last booted");
    EXPECT_EQ(refusal_after([](JournalRing& ring) { ring.drained = 1; }),
              "journal.ring: holds counters that contradict each other");
    EXPECT_EQ(refusal_after([](JournalRing& ring) { ring.written = journal_places_count + 1; }),
              "journal.ring: holds counters that contradict each other");
}

} // namespace
} // namespace ks
