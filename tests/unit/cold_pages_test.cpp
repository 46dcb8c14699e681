// Pages on a real tmpfs: adoption, refusal of planted files, truncation, and the header's view.
#include "cold/pages.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/killswitch.h"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

class PagesTest : public testing::Test {
protected:
    PagesTest() {
        config.run_dir = dir.path();
        config.engine = "test";
        config.producers = {{"risk1", {}}, {"risk2", {}}};
    }
    Pages open() {
        auto pages = Pages::open(config);
        if (!pages) throw std::runtime_error(pages.error().sentence);
        return std::move(*pages);
    }
    std::string error() {
        auto pages = Pages::open(config);
        return pages ? "opened" : pages.error().sentence;
    }
    mode_t mode_of(const std::string& name) {
        struct stat facts;
        return stat((dir / name).c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
    }
    // Scope "all" of one cell, granted to both producers.
    std::unique_ptr<Plan> small_plan(Pages& pages) {
        auto plan = std::make_unique<Plan>();
        const ScopeId slot = *pages.slot_of("all");
        const CellId cell = *pages.cell_of("mock/main");
        while (plan->cells.size() <= cell.index) (void)plan->cells.push({});
        plan->cells[cell.index].name.assign("mock/main");
        plan->cells[cell.index].account = {0};
        AccountPlan account;
        account.name.assign("mock/main");
        (void)plan->accounts.push(account);
        while (plan->scopes.size() <= slot.index) (void)plan->scopes.push({});
        ScopePlan& scope = plan->scopes[slot.index];
        scope.name.assign("all");
        scope.in_config = true;
        scope.cells.set(cell.index);
        for (u16 p = 0; p < 2; ++p) {
            ProducerPlan producer;
            producer.granted.set(slot.index);
            (void)plan->producers.push(producer);
        }
        return plan;
    }
    TempDir dir;
    PagesConfig config;
};

TEST_F(PagesTest, R18_publishes_when_the_last_shot_leaves_and_honest_venues_are_clear) {
    Pages pages = open();
    auto plan = small_plan(pages);
    plan->trigger_age_max = seconds(7);
    VenuePlan venue;
    venue.accounts_count = 1;
    (void)plan->venues.push(venue);
    GatePlan cancels; // one each second, held 20 ms longer
    (void)plan->gates.push(cancels);
    RequestPlan request;
    request.kind = RequestKind::read;
    (void)plan->requests.push(request);
    request.kind = RequestKind::fire;
    (void)request.gates.push({GateId{0}});
    (void)plan->requests.push(request);
    ShotPlan shot;
    shot.venue = VenueId{0};
    shot.account = AccountId{0};
    shot.fire = RequestId{1};
    (void)shot.reads.push(RequestId{0});
    ScopePlan& all = plan->scopes[pages.slot_of("all")->index];
    for (u16 i = 0; i < 2; ++i) {
        (void)plan->shots.push(shot);
        (void)all.shots.push(ShotId{i});
    }
    pages.publish(*plan);
    const ks_scope_line& line = pages.status().scope[pages.slot_of("all")->index];
    EXPECT_EQ(line.shots_in_ns, 1'020'000'000u);
    EXPECT_EQ(line.clear_in_ns,
              1'020'000'000u + 100'000'000 + 500'000'000 + 1'000'000'000 + 100'000'000);
    EXPECT_EQ(pages.status().trigger_age_max_ns, 7'000'000'000u);
    for (u16 i = 0; i < 2; ++i) plan->shots[i].reads.clear();
    pages.publish(*plan);
    EXPECT_EQ(line.clear_in_ns, UINT64_MAX); // nothing reads it: never
}

TEST_F(PagesTest, MakesEveryPageWithItsModeAndNothingElse) {
    config.operator_group = getgid();
    const Pages pages = open();
    EXPECT_EQ(mode_of("status"), 0640u);
    EXPECT_EQ(mode_of("trigger.risk1"), 0660u);
    EXPECT_EQ(mode_of("trigger.risk2"), 0660u);
    EXPECT_EQ(mode_of("gates"), 0660u);
    EXPECT_EQ(mode_of("gates.own"), 0600u);
    EXPECT_EQ(mode_of("operator"), 0660u);
    EXPECT_EQ(mode_of("lock"), 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 7);
}

TEST_F(PagesTest, AdoptsWhatAnEarlierEngineLeft) {
    ino_t inode = 0;
    struct stat facts;
    {
        Pages pages = open();
        EXPECT_EQ(*pages.slot_of("all"), ScopeId{0});
        EXPECT_EQ(*pages.slot_of("desk:asia"), ScopeId{1});
        EXPECT_EQ(*pages.cell_of("mock/main"), CellId{0});
        pages.status().halt[0] = 1;
        pages.status().handled[1][0].word = u64{9} << 32 | 4;
        pages.status().scope[0].kill_outcome = u64{4} << 32 | KS_CLEAR;
        pages.status().account[3].sequence = 7; // died while it wrote
        pages.status().engine_beat_ns = ks_now_ns();
        pages.gates_own().place[5] = 55;
        ASSERT_EQ(stat((dir / "status").c_str(), &facts), 0);
        inode = facts.st_ino;
    }
    config.producers = {{"risk2", {}}, {"risk3", {}}, {"risk1", {}}};
    Pages pages = open();
    ASSERT_EQ(stat((dir / "status").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_ino, inode);
    EXPECT_EQ(pages.status().halt[0], 1u);
    EXPECT_EQ(pages.status().handled[1][0].word, u64{9} << 32 | 4);
    EXPECT_EQ(pages.status().scope[0].kill_outcome, u64{4} << 32 | KS_CLEAR);
    EXPECT_EQ(pages.status().account[3].sequence, 8u);
    EXPECT_EQ(pages.status().engine_beat_ns, 0u); // silent until this engine beats
    EXPECT_EQ(pages.gates_own().place[5], 55u);
    EXPECT_EQ(*pages.slot_of("desk:europe"), ScopeId{2});
    EXPECT_EQ(*pages.slot_of("desk:asia"), ScopeId{1});
    EXPECT_EQ(*pages.producer_of("risk1"), ProducerId{0});
    EXPECT_EQ(*pages.producer_of("risk2"), ProducerId{1});
    EXPECT_EQ(*pages.producer_of("risk3"), ProducerId{2});
    EXPECT_TRUE(pages.notes().empty());
}

TEST_F(PagesTest, LetsOnlyOneEngineIn) {
    const Pages first = open();
    auto second = Pages::open(config);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().exit_code, 75);
    EXPECT_NE(second.error().sentence.find("held by another engine"), std::string::npos);
}

TEST_F(PagesTest, RefusesADirectoryOnDisk) {
    char name[] = "/var/tmp/killswitch-test-XXXXXX";
    config.run_dir = mkdtemp(name);
    EXPECT_NE(error().find("is not on tmpfs"), std::string::npos);
    rmdir(name);
}

TEST_F(PagesTest, RefusesADirectoryWiderThan0750) {
    for (const mode_t mode : {0770, 0751, 0701, 01750}) {
        chmod(dir.path().c_str(), mode);
        EXPECT_NE(error().find("wider than 0750"), std::string::npos) << std::oct << mode;
    }
    chmod(dir.path().c_str(), 0750);
    EXPECT_EQ(error(), "opened");
}

TEST_F(PagesTest, RefusesALinkInPlaceOfTheDirectory) {
    const std::string link = dir / "link";
    ASSERT_EQ(symlink(dir.path().c_str(), link.c_str()), 0);
    config.run_dir = link;
    EXPECT_NE(error().find("not a directory"), std::string::npos);
}

TEST_F(PagesTest, RefusesAForeignOwner) {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to give a file away";
    { const Pages pages = open(); }
    ASSERT_EQ(chown((dir / "gates").c_str(), 65'534, 65'534), 0);
    EXPECT_NE(error().find("gates belongs to uid 65534"), std::string::npos);
    ASSERT_EQ(chown(dir.path().c_str(), 65'534, 65'534), 0);
    EXPECT_NE(error().find("belongs to uid 65534"), std::string::npos);
}

class PlantedPage : public PagesTest, public testing::WithParamInterface<const char*> {};

TEST_P(PlantedPage, IsRefusedInEveryShape) {
    const std::string path = dir / GetParam();
    const std::string other = dir / "other";
    close(::open((other).c_str(), O_RDWR | O_CREAT, 0600));
    ASSERT_EQ(symlink(other.c_str(), path.c_str()), 0);
    EXPECT_NE(error().find("symbolic link"), std::string::npos) << error();
    unlink(path.c_str());
    ASSERT_EQ(link(other.c_str(), path.c_str()), 0);
    EXPECT_NE(error().find("has 2 names"), std::string::npos) << error();
    unlink(path.c_str());
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    EXPECT_NE(error().find("not a regular file"), std::string::npos) << error();
    unlink(path.c_str());
    ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
    EXPECT_NE(error(), "opened");
    rmdir(path.c_str());
    close(::open((path).c_str(), O_RDWR | O_CREAT, 0600));
    chmod(path.c_str(), 0666);
    EXPECT_NE(error().find("wider than"), std::string::npos) << error();
}
INSTANTIATE_TEST_SUITE_P(Names, PlantedPage,
                         testing::Values("status", "trigger.risk1", "gates", "gates.own",
                                         "operator"));

TEST_F(PagesTest, RefusesProducerNamesThatAreNoFileNames) {
    for (const char* name : {"", "a/b", ".hidden", "..", "a b", "a\nb"}) {
        config.producers = {{name, {}}};
        EXPECT_NE(error().find("producer '"), std::string::npos) << name;
    }
    config.producers = {{std::string(48, 'a'), {}}};
    EXPECT_NE(error(), "opened");
    config.producers = {{std::string(47, 'a'), {}}};
    EXPECT_EQ(error(), "opened");
}

TEST_F(PagesTest, RunsOutOfProducerNamesWithASentence) {
    for (int i = 0; i < KS_PRODUCERS_MAX; ++i) {
        config.producers = {{"risk" + std::to_string(i), {}}};
        EXPECT_EQ(error(), "opened");
    }
    config.producers = {{"one_more", {}}};
    EXPECT_NE(error().find("8 names have been used"), std::string::npos);
}

TEST_F(PagesTest, RunsOutOfScopeAndCellNamesWithASentence) {
    Pages pages = open();
    for (int i = 0; i < KS_SCOPES_MAX; ++i) EXPECT_TRUE(pages.slot_of("s" + std::to_string(i)));
    EXPECT_FALSE(pages.slot_of("one more"));
    EXPECT_TRUE(pages.slot_of("s7"));
    for (int i = 0; i < KS_CELLS_MAX; ++i) EXPECT_TRUE(pages.cell_of("c" + std::to_string(i)));
    EXPECT_FALSE(pages.cell_of("one more"));
    EXPECT_FALSE(pages.slot_of(""));
    EXPECT_FALSE(pages.slot_of(std::string(48, 'x')));
}

TEST_F(PagesTest, RetiresAPageOfAnotherVersionOrBootAndFiresNoneOfItsPulls) {
    for (const bool other_boot : {false, true}) {
        {
            Pages pages = open();
            pages.publish(*small_plan(pages));
        }
        ks_handle ks;
        ASSERT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPENED);
        ASSERT_EQ(ks_pull(&ks, "all", 0, nullptr), KS_PULL_STORED_ENGINE_SILENT);
        const int fd = ::open((dir / "status").c_str(), O_RDWR);
        const u8 byte = 0xee;
        const off_t field =
            other_boot ? offsetof(ks_page_head, boot_id) : offsetof(ks_page_head, version);
        ASSERT_EQ(pwrite(fd, &byte, 1, field), 1);
        close(fd);
        ks_handle late;
        EXPECT_EQ(ks_open_reader(&late, config.run_dir.c_str()),
                  other_boot ? KS_OPEN_WRONG_BOOT : KS_OPEN_WRONG_VERSION);

        Pages pages = open();
        EXPECT_EQ(pages.notes().size(), 1u);
        const auto plan = small_plan(pages);
        pages.publish(*plan);
        Trigger trigger(*plan, pages.trigger_pages());
        for (int i = 0; i < 50; ++i) EXPECT_FALSE(trigger.poll({static_cast<i64>(ks_now_ns())}));
        // whoever still has the old pages mapped is told
        EXPECT_EQ(ks_pull(&ks, "all", 0, nullptr), KS_PULL_NO_PAGE);
        EXPECT_EQ(ks_is_killed(&ks, 0), KS_ENGINE_SILENT);
        ks_close(&ks);
    }
}

TEST_F(PagesTest, HoldsPullsWhoseStatusPageSomeoneRemoved) {
    {
        Pages pages = open();
        pages.publish(*small_plan(pages));
    }
    ks_handle ks;
    ASSERT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPENED);
    ASSERT_EQ(ks_pull(&ks, "all", 0, nullptr), KS_PULL_STORED_ENGINE_SILENT);
    ks_close(&ks);
    unlink((dir / "status").c_str());
    Pages pages = open();
    const auto plan = small_plan(pages);
    Trigger trigger(*plan, pages.trigger_pages());
    const Instant much_later{static_cast<i64>(ks_now_ns()) + seconds(3'600).ns};
    EXPECT_EQ(trigger.poll(much_later).kind, Pull::Kind::held);
}

TEST_F(PagesTest, SurvivesTruncationOfAProducersPageAndHearsTheOthers) {
    Pages pages = open();
    const auto plan = small_plan(pages);
    pages.publish(*plan);
    Trigger trigger(*plan, pages.trigger_pages());
    const Instant now{static_cast<i64>(ks_now_ns()) + seconds(3'600).ns};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(trigger.poll(now));
    ks_handle ks;
    ASSERT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk2"), KS_OPENED);

    ASSERT_EQ(truncate((dir / "trigger.risk1").c_str(), 0), 0);
    for (int i = 0; i < 50; ++i) {
        EXPECT_FALSE(trigger.poll(now));
        EXPECT_FALSE(trigger.visit(now));
    }
    EXPECT_EQ(pages.lost_pages().load(), 1u);
    EXPECT_EQ(ks_pull(&ks, "all", 0, nullptr), KS_PULL_STORED_ENGINE_SILENT);
    EXPECT_EQ(trigger.poll(now).producer, ProducerId{1});
    ks_close(&ks);
}

TEST_F(PagesTest, MendsATruncatedPageAtTheNextStart) {
    {
        Pages pages = open();
        pages.publish(*small_plan(pages));
    }
    ASSERT_EQ(truncate((dir / "trigger.risk1").c_str(), 100), 0);
    ASSERT_EQ(truncate((dir / "gates").c_str(), 0), 0);
    Pages pages = open();
    EXPECT_EQ(pages.notes().size(), 2u);
    EXPECT_GT(pages.gates().place[0], 0u); // as if used just now: no limit is spent twice
    const auto plan = small_plan(pages);
    pages.publish(*plan);
    ks_handle ks;
    ASSERT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPENED);
    EXPECT_EQ(ks_pull(&ks, "all", 0, nullptr), KS_PULL_STORED_ENGINE_SILENT);
    Trigger trigger(*plan, pages.trigger_pages());
    EXPECT_TRUE(trigger.poll({static_cast<i64>(ks_now_ns())}));
    ks_close(&ks);
}

TEST_F(PagesTest, FillsTruncatedGatesWithPlacesJustUsed) {
    Pages pages = open();
    ASSERT_EQ(truncate((dir / "gates").c_str(), 0), 0);
    const u64 before_ns = ks_now_ns();
    EXPECT_GE(pages.gates().place[4'000], before_ns);
    EXPECT_GE(pages.gates().place[7], before_ns);
    EXPECT_EQ(pages.lost_pages().load(), lost_gates_bit);
}

TEST_F(PagesTest, LetsAForeignSigbusEndTheProcess) {
    const Pages pages = open();
    const int fd = ::open((dir / "hole").c_str(), O_RDWR | O_CREAT, 0600);
    ASSERT_EQ(ftruncate(fd, 4'096), 0);
    void* at = mmap(nullptr, 4'096, PROT_READ, MAP_SHARED, fd, 0);
    ASSERT_EQ(ftruncate(fd, 0), 0);
    EXPECT_DEATH({ [[maybe_unused]] const u8 byte = *static_cast<volatile u8*>(at); }, "");
    munmap(at, 4'096);
    close(fd);
}

TEST_F(PagesTest, FiresThroughItsMappingWhenSomeoneUnlinksThePage) {
    Pages pages = open();
    const auto plan = small_plan(pages);
    pages.publish(*plan);
    Trigger trigger(*plan, pages.trigger_pages());
    ks_handle ks;
    ASSERT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPENED);
    unlink((dir / "trigger.risk1").c_str());
    ks_pull(&ks, "all", 0, nullptr);
    EXPECT_TRUE(trigger.poll({static_cast<i64>(ks_now_ns())}));
    ks_close(&ks);
}

TEST_F(PagesTest, OpensForThoseTheConfigNamesAndSaysWhyNotForOthers) {
    ks_handle ks;
    EXPECT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPEN_NO_PAGE);
    EXPECT_EQ(ks_pull(&ks, "all", 0, nullptr), KS_PULL_NO_PAGE);
    EXPECT_EQ(ks_is_killed(&ks, 0), KS_ENGINE_SILENT);
    const Pages pages = open();
    EXPECT_EQ(ks_open(&ks, config.run_dir.c_str(), "nobody"), KS_OPEN_NO_PRODUCER);
    EXPECT_EQ(ks_open(&ks, config.run_dir.c_str(), ""), KS_OPEN_NO_PRODUCER);
    EXPECT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPENED);
    ks_close(&ks);
    EXPECT_EQ(ks_open_reader(&ks, config.run_dir.c_str()), KS_OPENED);
    EXPECT_NE(ks.trigger[0], nullptr);
    EXPECT_NE(ks.trigger[1], nullptr);
    ks_close(&ks);
    unlink((dir / "trigger.risk1").c_str());
    ASSERT_EQ(symlink("status", (dir / "trigger.risk1").c_str()), 0);
    EXPECT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPEN_WRONG_FILE);
}

TEST_F(PagesTest, ShowsAProducersBeatUntilItLeaves) {
    Pages pages = open();
    ks_handle ks;
    ASSERT_EQ(ks_open(&ks, config.run_dir.c_str(), "risk1"), KS_OPENED);
    EXPECT_EQ(pages.trigger({0}).beat_ns, 0u);
    const u64 before_ns = ks_now_ns();
    ks_beat(&ks);
    EXPECT_GE(pages.trigger({0}).beat_ns, before_ns);
    ks_close(&ks);
    EXPECT_EQ(pages.trigger({0}).beat_ns, 0u);
}

TEST_F(PagesTest, MovesStampsWithTheirGatesName) {
    const auto add = [](Plan& plan, const char* name, u16 first, u16 places, u16 reserve) {
        GatePlan gate;
        gate.name.assign(name);
        gate.first_place = first;
        gate.places = places;
        gate.reserve = reserve;
        (void)plan.gates.push(gate);
    };
    {
        Pages pages = open();
        auto plan = small_plan(pages);
        add(*plan, "one", 0, 3, 1);
        pages.publish(*plan);
        pages.gates().place[0] = 10;
        pages.gates().place[1] = 30;
        pages.gates_own().place[2] = 20;
        pages.status().gate[0].closed_until_ns = 99;
    }
    Pages pages = open();
    auto plan = small_plan(pages);
    add(*plan, "new", 0, 2, 1);
    add(*plan, "one", 2, 4, 2);
    pages.publish(*plan);
    EXPECT_EQ(pages.gates().place[0], 0u);
    EXPECT_EQ(pages.gates_own().place[1], 0u);
    EXPECT_EQ(pages.gates().place[2], 30u);
    EXPECT_EQ(pages.gates().place[3], 20u);
    EXPECT_EQ(pages.gates_own().place[4], 10u);
    EXPECT_EQ(pages.gates_own().place[5], 0u);
    EXPECT_EQ(pages.status().gate[0].closed_until_ns, 0u);
    EXPECT_EQ(pages.status().gate[1].closed_until_ns, 99u);
}

} // namespace
} // namespace ks
