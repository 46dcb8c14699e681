// Golden words: a text for humans, compared whole with the file that was read aloud.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace ks {

// The file lies below tests/vectors/words. What differs is written beside the test's other remains,
// for a comparison, and to take its place once it has been read.
inline void expect_words(const std::string& text, const std::string& name) {
    std::ifstream file(KS_SOURCE_DIR "/tests/vectors/words/" + name);
    std::stringstream golden;
    golden << file.rdbuf();
    if (text != golden.str()) std::ofstream(testing::TempDir() + name) << text;
    EXPECT_EQ(text, golden.str()) << "see " << testing::TempDir() + name;
}

} // namespace ks
