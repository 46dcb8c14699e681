// Refusal: why a handshake failed, for a tired operator: which demand, and what to do about it.
#pragma once

#include <string>

namespace ks {

struct HandshakeFailure {
    int error = 0;  // wolfSSL_get_error()
    int alert = -1; // the peer's last alert, RFC 8446 6; -1: none
    bool is_foreign = false;
    int error_number = 0; // errno of the socket; 0: none
};

// "certificate refused: expired; ..."
std::string sentence_of(const HandshakeFailure& failure, const std::string& host);

} // namespace ks
