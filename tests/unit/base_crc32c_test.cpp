// crc32c against the vectors of RFC 3720, appendix B.4, in both ways of computing it.
#include "base/crc32c.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ks {
namespace {

struct Vector {
    std::vector<std::byte> bytes;
    u32 checksum;
};

std::vector<std::byte> filled(size_t size_bytes, u8 value) {
    return std::vector<std::byte>(size_bytes, std::byte{value});
}

std::vector<Vector> rfc3720() {
    std::vector<std::byte> rising(32), falling(32);
    for (u8 i = 0; i < 32; ++i) rising[i] = std::byte{i};
    for (u8 i = 0; i < 32; ++i) falling[i] = std::byte(31 - i);
    std::vector<std::byte> scsi_read = filled(48, 0);
    scsi_read[0] = std::byte{0x01};
    scsi_read[1] = std::byte{0xc0};
    scsi_read[16] = std::byte{0x14};
    scsi_read[22] = std::byte{0x04};
    scsi_read[27] = std::byte{0x14};
    scsi_read[31] = std::byte{0x18};
    scsi_read[32] = std::byte{0x28};
    scsi_read[40] = std::byte{0x02};
    return {{filled(32, 0x00), 0x8a9136aa},
            {filled(32, 0xff), 0x62a8ab43},
            {rising, 0x46dd794e},
            {falling, 0x113fdb5c},
            {scsi_read, 0xd9963a56}};
}

TEST(Crc32c, GivesTheChecksumsOfRfc3720) {
    for (const Vector& vector : rfc3720()) EXPECT_EQ(crc32c(vector.bytes), vector.checksum);
}

TEST(Crc32c, GivesTheSameChecksumByTable) {
    for (const Vector& vector : rfc3720())
        EXPECT_EQ(~crc32c_ways::by_table(vector.bytes, ~u32{0}), vector.checksum);
}

TEST(Crc32c, SumsPartsInTurnToTheChecksumOfTheWhole) {
    const std::vector<std::byte> bytes = rfc3720()[4].bytes;
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
        const std::span<const std::byte> whole = bytes;
        EXPECT_EQ(crc32c(whole.subspan(cut), crc32c(whole.first(cut))), 0xd9963a56u) << cut;
    }
}

TEST(Crc32c, AnEmptyTextHasChecksumZero) {
    EXPECT_EQ(crc32c({}), 0u);
}

} // namespace
} // namespace ks
