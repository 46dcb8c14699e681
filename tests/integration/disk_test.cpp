// A disk that fills up under a running engine: the kill fires and is proven, its outcome says that
// it is not journalled, and when there is room again the journal goes on with nothing missing.
#include "engine.hpp"
#include "pager.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

namespace ks {
namespace {

constexpr int confirm_seconds_max = 40;

// A disk of our own, in a mount namespace of this process alone: no right of root is needed, and
// nobody else sees it. Without such namespaces there is none.
class SmallDisk {
public:
    explicit SmallDisk(std::string path) : path_(std::move(path)) {
        const uid_t uid = getuid();
        const gid_t gid = getgid();
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return;
        write_text("/proc/self/setgroups", "deny");
        write_text("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        write_text("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
        std::filesystem::create_directory(path_);
        is_mounted_ = mount("small", path_.c_str(), "tmpfs", 0, "size=24m,mode=0700") == 0;
    }
    ~SmallDisk() {
        if (is_mounted_) umount2(path_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    bool is_mounted() const { return is_mounted_; }

    // No byte is left; also not what the running segment had reserved, as on a disk that promises
    // space and has none: thin, or copy-on-write. Its writer stands still meanwhile: what it wrote
    // between our look and our hole would be gone too.
    bool fill(pid_t writer) const {
        kill(writer, SIGSTOP);
        const bool is_full = take_all();
        kill(writer, SIGCONT);
        return is_full;
    }
    void free() const { std::filesystem::remove(filler_path()); }

private:
    bool take_all() const {
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            if (entry.path().extension() == ".ksj" && !take_back(entry.path())) return false;
        const int filler = open(filler_path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const std::string some(4'096, 'x');
        while (write(filler, some.data(), some.size()) > 0) {
        }
        const bool is_full = errno == ENOSPC;
        close(filler);
        return is_full;
    }
    // Zeros behind the last record: they stay readable and lose their blocks.
    static bool take_back(const std::string& segment) {
        const std::string bytes = read_text(segment);
        const size_t end = bytes.find_last_not_of('\0') + 1;
        constexpr size_t page_bytes = 4'096;
        const size_t from = (end + page_bytes - 1) / page_bytes * page_bytes;
        if (from >= bytes.size()) return true;
        const int file = open(segment.c_str(), O_WRONLY | O_CLOEXEC);
        const int done =
            fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                      static_cast<off_t>(bytes.size() - from));
        close(file);
        return done == 0;
    }
    std::string filler_path() const { return path_ + "/filler"; }

    std::string path_;
    bool is_mounted_ = false;
};

TEST(Disk, R14_that_fills_up_under_a_running_engine_stops_no_kill_and_no_journal) {
    const Mock mock;
    for (const char* alias : {"main", "hedge"})
        mock.add_orders(std::string("venue=treadfi&count=3&account=") + alias);
    const Pager pager(mock.dir());
    EngineOptions options;
    options.venues = {"treadfi"};
    options.engine_lines = pager.line;
    EngineUnderTest engine(mock, options);
    const SmallDisk disk(engine.dir() + "/state");
    if (!disk.is_mounted()) GTEST_SKIP() << "SKIPPED: no user and mount namespaces on this machine";
    engine.start();
    const auto is_armed = [&] { return engine.armed_shots("treadfi/") == 2; };
    ASSERT_TRUE(eventually(is_armed)) << engine.log();
    const auto failing_ns = [&] {
        return __atomic_load_n(&engine.status().journal_failing_ns, __ATOMIC_RELAXED);
    };
    EXPECT_EQ(failing_ns(), 0u);

    ASSERT_TRUE(disk.fill(engine.pid()));
    const ks_ticket first = engine.pull();
    // The OMS alone, without its exchanges: UNKNOWN at best, and every order is gone.
    ASSERT_TRUE(eventually([&] { return failing_ns() != 0; })) << engine.log();
    const auto is_swept = [&](const char* alias) {
        return eventually(
            [&] { return mock.truth("treadfi", alias, "/products/oms/open_count") == 0; });
    };
    EXPECT_TRUE(is_swept("main")) << engine.log();
    EXPECT_TRUE(is_swept("hedge")) << engine.log();
    EXPECT_TRUE(engine.becomes(first, KS_UNKNOWN)) << engine.ksctl("status").text;
    EXPECT_TRUE(pager.hears("NOT JOURNALLED: journal fails, kills go on: "))
        << read_text(pager.file);
    EXPECT_TRUE(pager.hears("Positions are NOT closed. NOT JOURNALLED: ")) << read_text(pager.file);

    // The engine goes on, and a second pull fires too.
    mock.add_orders("venue=treadfi&count=2&account=main");
    engine.pull();
    EXPECT_TRUE(is_swept("main")) << engine.log();
    EXPECT_NE(failing_ns(), 0u);

    disk.free();
    EXPECT_TRUE(eventually([&] { return failing_ns() == 0; })) << engine.log();
    EXPECT_TRUE(pager.hears("JOURNALLED AGAIN")) << read_text(pager.file);
    EXPECT_EQ(engine.stop(), 0);
    const Ran verified = engine.ksctl("journal verify");
    EXPECT_EQ(verified.exit_code, 0) << verified.text;
    const std::string printed = engine.ksctl("journal print").text;
    EXPECT_NE(printed.find("PULLED: all by risk: kill 1"), std::string::npos) << printed;
    EXPECT_NE(printed.find("PULLED: all by risk: kill 2"), std::string::npos) << printed;
    EXPECT_NE(printed.find("KILL 1 of all: UNKNOWN"), std::string::npos) << printed;
    EXPECT_EQ(printed.find("events_lost"), std::string::npos) << printed;
}

}
}
