// Source: the files of this project as lines of text, for the rules that a compiler does not keep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ks {

struct Source {
    std::string path;               // from the project's root: "engine/hot/journal.cpp"
    std::vector<std::string> lines; // as written
    std::vector<std::string> code;  // the same without comments and without what is in quotes
    bool ends_in_newline = true;

    bool is_below(std::string_view folder) const { return path.starts_with(folder); }
    bool is_cpp() const;
};

Source make_source(std::string path, const std::string& text);

// Everything below engine, tools, bench, tests and docs, and the files of the root.
const std::vector<Source>& all_sources();

// "engine/hot/journal.cpp:12"
std::string at_line(const Source& source, size_t index);

} // namespace ks
