// Fresh pages against golden files that were written by other code, byte by byte.
#include "cold/page_birth.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "abi/killswitch_words.h"

namespace ks {
namespace {

constexpr PageBirth birth{
    .boot_id = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    .nonce = 0x0123456789abcdef,
};

// "# N bytes", then lines "offset  16 bytes" for the rows that are not zero.
std::vector<u8> golden(const std::string& name) {
    std::ifstream file(std::string(KS_SOURCE_DIR "/tests/vectors/pages/") + name);
    char hash = 0;
    size_t bytes_count = 0;
    file >> hash >> bytes_count;
    std::string line;
    std::getline(file, line);
    std::vector<u8> bytes(bytes_count);
    while (std::getline(file, line)) {
        std::istringstream row(line);
        size_t at = 0;
        unsigned byte = 0;
        row >> std::hex >> at;
        while (row >> byte) bytes.at(at++) = static_cast<u8>(byte);
    }
    return bytes;
}

template<class Page> void expect_golden(const Page& page, const std::string& name) {
    const std::vector<u8> expected = golden(name);
    ASSERT_EQ(expected.size(), sizeof page);
    const auto* bytes = reinterpret_cast<const u8*>(&page);
    for (size_t i = 0; i < sizeof page; ++i) ASSERT_EQ(bytes[i], expected[i]) << name << " @" << i;
}

TEST(PageBirth, WritesTheGoldenStatusPage) {
    const auto page = std::make_unique<ks_status_page>();
    fill_status(*page, birth, "golden");
    expect_golden(*page, "status.hex");
}

TEST(PageBirth, WritesTheGoldenTriggerPageAndAPullIsTheGoldenLine) {
    const auto page = std::make_unique<ks_trigger_page>();
    fill_trigger(*page, birth, "risk1", 3);
    expect_golden(*page, "trigger.hex");
    const u64 handled = 0;
    ks_row_pull(&page->row[1], 1, ks_slot_key("all", birth.nonce), 77, &handled, 1'000);
    expect_golden(*page, "trigger_pulled.hex");
}

TEST(PageBirth, R16_what_is_said_of_a_pull_is_the_golden_record) {
    const auto page = std::make_unique<ks_trigger_page>();
    fill_trigger(*page, birth, "risk1", 3);
    ks_person person{};
    person.uid = 1000;
    person.login_uid = UINT32_MAX;
    person.pid = 77;
    std::string("pts/3").copy(person.terminal, sizeof person.terminal);
    std::string("/usr/bin/ks-panic").copy(person.executable, sizeof person.executable);
    std::string("fat finger").copy(person.reason, sizeof person.reason);
    const ks_saying saying = ks_say_begin(page.get(), 4, &person);
    ks_say_end(&saying, 1, ks_slot_key("all", birth.nonce));
    expect_golden(*page, "trigger_said.hex");
}

TEST(PageBirth, WritesTheGoldenGatesAndOperatorPages) {
    const auto gates = std::make_unique<ks_gates_page>();
    fill_gates(*gates, birth);
    expect_golden(*gates, "gates.hex");
    const auto operators = std::make_unique<ks_operator_page>();
    fill_operators(*operators, birth);
    expect_golden(*operators, "operator.hex");
}

} // namespace
} // namespace ks
