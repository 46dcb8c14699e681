// Functions: where the functions of a source begin and end, by counting braces.
#pragma once

#include "source.hpp"

namespace ks {

struct FunctionSpan {
    size_t first_line = 0; // index of the line on which its head begins
    size_t lines_count = 0;
};

// Outermost functions only: a lambda is part of the function it stands in.
std::vector<FunctionSpan> functions_of(const Source& source);

} // namespace ks
