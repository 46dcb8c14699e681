// Source: walk the tree, split lines, blank out comments and quotes.
#include "source.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ks {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t start = 0; start < text.size();) {
        const size_t end = std::min(text.find('\n', start), text.size());
        lines.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return lines;
}

// The text with every comment and every quoted character replaced by a blank, lines kept.
std::string blank_out(const std::string& text) {
    enum class In { code, line_comment, block_comment, string, character, raw_string };
    In in = In::code;
    std::string code = text;
    std::string raw_end;
    for (size_t i = 0; i < text.size(); ++i) {
        const std::string_view rest = std::string_view(text).substr(i);
        const char c = text[i];
        if (in == In::code) {
            const bool is_digit_mark =
                i > 0 && std::isxdigit(static_cast<unsigned char>(text[i - 1]));
            if (rest.starts_with("//"))
                in = In::line_comment;
            else if (rest.starts_with("/*"))
                in = In::block_comment;
            else if (rest.starts_with("R\"")) {
                in = In::raw_string;
                raw_end = ")" + std::string(rest.substr(2, rest.find('(') - 2)) + "\"";
            } else if (c == '"')
                in = In::string;
            else if (c == '\'' && !is_digit_mark)
                in = In::character;
            if (in == In::code || in == In::string || in == In::character) continue;
        } else if (in == In::line_comment && c == '\n')
            in = In::code;
        else if (in == In::block_comment && rest.starts_with("*/")) {
            code[i] = code[i + 1] = ' ';
            ++i;
            in = In::code;
        } else if (in == In::raw_string && rest.starts_with(raw_end)) {
            code.replace(i, raw_end.size(), raw_end.size(), ' ');
            i += raw_end.size() - 1;
            in = In::code;
        } else if ((in == In::string || in == In::character) && c == '\\') {
            code[i] = code[i + 1] = ' ';
            ++i;
        } else if ((in == In::string && c == '"') || (in == In::character && c == '\''))
            in = In::code;
        if (in != In::code && code[i] != '\n') code[i] = ' ';
    }
    return code;
}

std::vector<Source> load_tree() {
    std::vector<Source> sources;
    const fs::path root = KS_SOURCE_DIR;
    const auto load = [&](const fs::path& file) {
        std::ifstream stream(file, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        if (text.find('\0') != text.npos) return; // a golden page, not text
        sources.push_back(make_source(fs::relative(file, root), text));
    };
    for (const char* folder : {"engine", "tools", "bench", "tests", "docs", ".ci"})
        if (fs::exists(root / folder))
            for (const auto& entry : fs::recursive_directory_iterator(root / folder))
                if (entry.is_regular_file()) load(entry.path());
    for (const auto& entry : fs::directory_iterator(root))
        if (entry.is_regular_file() && entry.path().filename() != ".git") load(entry.path());
    std::ranges::sort(sources, {}, &Source::path);
    return sources;
}

} // namespace

bool Source::is_cpp() const {
    return path.ends_with(".cpp") || path.ends_with(".hpp") || path.ends_with(".c") ||
           path.ends_with(".h");
}

Source make_source(std::string path, const std::string& text) {
    Source source{.path = std::move(path), .lines = split(text), .code = {}};
    source.code = source.is_cpp() ? split(blank_out(text)) : source.lines;
    source.ends_in_newline = text.empty() || text.back() == '\n';
    return source;
}

const std::vector<Source>& all_sources() {
    static const std::vector<Source> sources = load_tree();
    return sources;
}

std::string at_line(const Source& source, size_t index) {
    return source.path + ":" + std::to_string(index + 1);
}

} // namespace ks
