// What the journal keeps as evidence, incident rules 16: the digest of what left, how the venue's
// answer began, and no secret that a venue repeats.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

// The texts of all events of a kind, each with its continuations.
std::vector<std::string> texts(const World& world, EventKind kind) {
    std::vector<std::string> all;
    bool is_open = false;
    for (const Event& event : world.events()) {
        if (event.kind != EventKind::text) is_open = event.kind == kind;
        if (!is_open) continue;
        const std::string part(event.text.data(), strnlen(event.text.data(), event.text.size()));
        if (event.kind == kind)
            all.push_back(part);
        else
            all.back() += part;
    }
    return all;
}

TEST(Evidence, R16_a_shot_is_noted_with_the_digest_of_its_text) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    world.engine->turn();
    const std::vector<std::string> digests = texts(world, EventKind::shot_sent);
    ASSERT_EQ(digests.size(), 1u);
    EXPECT_EQ(digests[0], "digest-of-shot-0");
}

TEST(Evidence, R16_the_answer_to_a_cancel_is_noted_as_it_began) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.venue.place(0, world.clock.time);
    world.pull("all");
    world.run(milliseconds(50));
    const std::vector<std::string> answers = texts(world, EventKind::answer);
    ASSERT_FALSE(answers.empty());
    EXPECT_EQ(answers[0], "{\"ok\":true,\"ids\":[1]}");
}

TEST(Evidence, R16_what_is_not_understood_is_noted_and_what_looks_like_a_secret_is_not) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.venue.text = [](u16, bool) {
        return "no key " + std::string(40, 's') + ", see\r\n\x01 id 4711";
    };
    world.pull("all");
    world.run(milliseconds(50));
    const std::vector<std::string> answers = texts(world, EventKind::answer);
    ASSERT_FALSE(answers.empty());
    EXPECT_EQ(answers[0], "no key ssssss" + std::string(34, '*') + ", see    id 4711");
}

TEST(Evidence, R16_a_long_answer_is_cut_and_its_last_word_not_shown_whole) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.venue.text = [](u16, bool) { return std::string(80, '.') + std::string(500, 'k'); };
    world.pull("all");
    world.run(milliseconds(50));
    const std::vector<std::string> answers = texts(world, EventKind::answer);
    ASSERT_FALSE(answers.empty());
    EXPECT_EQ(answers[0], std::string(80, '.') + "kkkkkk" + std::string(10, '*'));
}

} // namespace
} // namespace ks::sim
