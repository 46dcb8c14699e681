// Functions: a brace opens a function when its head has parentheses and no word of a type.
#include "functions.hpp"

#include <regex>

namespace ks {
namespace {

bool is_function_head(const std::string& head) {
    static const std::regex type(
        R"(\b(namespace|class|struct|enum|union|extern|concept)\b[^()]*$)");
    static const std::regex value(R"((=|\breturn)\s*$)");
    return head.find(')') != head.npos && !std::regex_search(head, type) &&
           !std::regex_search(head, value);
}

} // namespace

std::vector<FunctionSpan> functions_of(const Source& source) {
    std::vector<FunctionSpan> functions;
    std::string head; // what stands since the last ; { or }
    size_t head_line = 0, depth = 0, function_depth = 0;
    bool is_inside = false;
    for (size_t i = 0; i < source.code.size(); ++i) {
        const std::string& line = source.code[i];
        if (line.starts_with("#")) continue;
        for (char c : line) {
            if (head.empty()) head_line = i;
            if (c == '{') {
                if (!is_inside && is_function_head(head)) {
                    is_inside = true;
                    function_depth = depth;
                    functions.push_back({.first_line = head_line});
                }
                ++depth;
            } else if (c == '}') {
                if (depth > 0) --depth;
                if (is_inside && depth == function_depth) {
                    is_inside = false;
                    functions.back().lines_count = i - functions.back().first_line + 1;
                }
            }
            if (c == '{' || c == '}' || c == ';')
                head.clear();
            else if (c != ' ' || !head.empty())
                head += c;
        }
        if (!head.empty()) head += ' ';
    }
    return functions;
}

} // namespace ks
