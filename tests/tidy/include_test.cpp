// The include rule: tools -> cold, net -> hot -> venues, wire -> base, abi.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "source.hpp"

namespace ks {
namespace {

using Folders = std::set<std::string>;

// A folder, and what its files may include; whatever is not a folder of the engine is its own.
const std::map<std::string, Folders>& may_include() {
    static const std::map<std::string, Folders> rule{
        {"engine/abi/", {"abi"}},
        {"engine/base/", {"base"}},
        {"engine/wire/", {"wire", "base", "abi"}},
        {"engine/venues/", {"venues", "base", "abi"}},
        {"engine/hot/", {"hot", "venues", "wire", "base", "abi"}},
        {"engine/net/", {"net", "hot", "venues", "wire", "base", "abi"}},
        {"engine/cold/", {"cold", "hot", "venues", "wire", "base", "abi"}},
        {"tools/", {"cold", "net", "hot", "venues", "wire", "base", "abi"}},
        {"tools/ks-panic/", {"abi"}},
        {"tools/ks-risk-example/", {"abi"}},
        {"tools/ks-sender-example/", {"abi"}},
        {"tools/ks-mock/", {}}, // what it checks, it must not share
    };
    return rule;
}

const Folders* rule_of(const std::string& path) {
    const Folders* longest = nullptr;
    for (const auto& [folder, allowed] : may_include()) // rising: the longest prefix comes last
        if (path.starts_with(folder)) longest = &allowed;
    return longest;
}

std::vector<std::string> forbidden_includes(const Source& source) {
    static const Folders engine_folders{"abi", "base", "wire", "venues", "hot", "net", "cold"};
    static const std::regex include(R"re(^\s*#\s*include\s+["<]([^/">]+)/)re");
    std::vector<std::string> found;
    const Folders* allowed = rule_of(source.path);
    for (size_t i = 0; allowed && i < source.lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(source.lines[i], match, include)) continue;
        const std::string folder = match[1];
        if (folder == ".." || (engine_folders.contains(folder) && !allowed->contains(folder)))
            found.push_back(at_line(source, i) + ": " + source.lines[i]);
    }
    return found;
}

TEST(Tidy, FilesIncludeOnlyFromTheirFolderAndThoseToItsRight) {
    for (const Source& source : all_sources())
        for (const std::string& found : forbidden_includes(source)) ADD_FAILURE() << found;
}

TEST(TidyRules, FindAnIncludeAgainstTheRule) {
    const auto count = [](const char* path, const std::string& line) {
        return forbidden_includes(make_source(path, line)).size();
    };
    EXPECT_EQ(count("engine/hot/x.hpp", "#include \"cold/scribe.hpp\"\n"), 1u);
    EXPECT_EQ(count("engine/hot/x.hpp", "#include \"wire/http.hpp\"\n"), 0u);
    EXPECT_EQ(count("engine/cold/x.hpp", "#include \"net/uring_net.hpp\"\n"), 1u);
    EXPECT_EQ(count("engine/wire/x.hpp", "#include \"../hot/plan.hpp\"\n"), 1u);
    EXPECT_EQ(count("tools/ksctl/x.cpp", "#include \"cold/scribe.hpp\"\n"), 0u);
    EXPECT_EQ(count("tools/ks-panic/x.c", "#include \"base/units.hpp\"\n"), 1u);
    EXPECT_EQ(count("tools/ks-panic/x.c", "#include <abi/killswitch.h>\n"), 0u);
    EXPECT_EQ(count("tools/ks-mock/x.cpp", "#include \"abi/killswitch.h\"\n"), 1u);
}

} // namespace
} // namespace ks
