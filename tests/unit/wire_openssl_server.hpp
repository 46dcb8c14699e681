// A real OpenSSL TLS 1.3 server between two memory buffers. Its header names no OpenSSL type,
// because wolfSSL's and OpenSSL's cannot be included together.
#pragma once

#include <memory>
#include <string>

#include "unit/wire_bytes.hpp"

namespace ks::testing {

struct ServerOptions {
    size_t fragment_bytes = 0; // 0: as OpenSSL likes
    size_t padding_block_bytes = 0;
    size_t tickets_count = 2;
};

class OpenSslServer {
public:
    OpenSslServer(Suite suite, ServerOptions options);
    ~OpenSslServer();

    void receive(std::span<const std::byte> bytes); // from the client's wire
    Bytes to_client();                              // everything written since the last call
    bool accept();                                  // true when the handshake is over
    std::string read();                             // application data, as far as it has come
    void write(const std::string& text);
    void update_keys(bool is_answer_wanted);
    void send_ticket();
    void close();
    bool is_closed_by_client() const;
    std::string fault() const; // of the last read, other than "more is needed"

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace ks::testing
