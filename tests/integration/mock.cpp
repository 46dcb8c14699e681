// Finds everything it tells in the files that ks-mock writes and at the admin's door.
#include "mock.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <simdjson.h>
#include <sstream>
#include <stdexcept>

namespace ks {
namespace {

std::string read(const std::string& path) {
    return (std::ostringstream() << std::ifstream(path).rdbuf()).str();
}

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

std::vector<std::string> command(const std::string& dir, const MockOptions& options) {
    std::vector<std::string> words{
        KS_TOOLS_DIR "/ks-mock/ks-mock", "--dir", dir, "--until-eof", "--max-seconds", "300"};
    if (options.accounts.empty())
        words.push_back("--demo-accounts");
    else
        words.insert(words.end(), {"--accounts", dir + "/given"});
    if (!options.play.empty()) words.insert(words.end(), {"--play", dir + "/test.play"});
    words.insert(words.end(), options.more.begin(), options.more.end());
    write(dir + "/given", options.accounts);
    write(dir + "/test.play", options.play);
    return words;
}

std::string hex(const unsigned char* bytes, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += "0123456789abcdef"[bytes[i] >> 4];
        out += "0123456789abcdef"[bytes[i] & 15];
    }
    return out;
}

std::string base64(const std::string& text) {
    std::string out(4 * ((text.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
    return out;
}

std::uint64_t number_at(simdjson::dom::element element, std::string_view pointer) {
    std::uint64_t value = 0;
    return element.at_pointer(pointer).get(value) == simdjson::SUCCESS ? value : 0;
}

std::string text_at(simdjson::dom::element element, const char* name) {
    return std::string(std::string_view(element[name]));
}

}

Mock::Mock(const MockOptions& options) : dir_(make_dir()), process_(command(dir_, options)) {
    if (process_.read_line().empty()) throw std::runtime_error(process_.read_errors());
    std::istringstream lines(read(dir_ + "/ports"));
    std::string name;
    std::string address;
    while (lines >> name >> address)
        ports_[name] = static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1)));
}

Mock::~Mock() {
    remove_dir(dir_);
}

Target Mock::target(const std::string& venue) const {
    const std::map<std::string, std::string> hosts{{"bitopro", "api.bitopro.com"},
                                                   {"coinswitch", "coinswitch.co"},
                                                   {"treadfi", "app.tread.fi"}};
    return {hosts.at(venue), ports_.at(venue), dir_ + "/ca.pem"};
}

std::string Mock::word(const std::string& venue_account, const std::string& kind) const {
    return read(dir_ + "/" + venue_account + "." + kind);
}

std::string Mock::admin(std::string_view call, std::string_view body) const {
    return ask_admin(ports_.at("admin"), call, body);
}

void Mock::play(std::string_view lines) const {
    if (const std::string answer = admin("POST /play", lines); answer != "the play is on\n")
        throw std::runtime_error(answer);
}

void Mock::add_orders(std::string_view query) const {
    const std::string answer = admin("POST /orders?" + std::string(query));
    if (!answer.starts_with("{\"added\"")) throw std::runtime_error(answer);
}

std::uint64_t Mock::truth(std::string_view venue, std::string_view account,
                          std::string_view pointer) const {
    simdjson::dom::parser parser;
    const simdjson::padded_string text(admin("GET /truth"));
    for (const simdjson::dom::element each : parser.parse(text)["accounts"])
        if (text_at(each, "venue") == venue && text_at(each, "account") == account)
            return number_at(each, pointer);
    throw std::runtime_error("the truth knows no such account");
}

bool Mock::becomes(std::string_view venue, std::string_view account, std::string_view pointer,
                   std::uint64_t expected) const {
    const std::uint64_t give_up_ms = unix_ms_now() + Process::read_wait_ms;
    while (truth(venue, account, pointer) != expected)
        if (unix_ms_now() > give_up_ms) return false;
    return true;
}

std::uint64_t Mock::traffic(std::string_view venue, std::string_view name) const {
    simdjson::dom::parser parser;
    const simdjson::padded_string text(admin("GET /truth"));
    for (const simdjson::dom::element each : parser.parse(text)["venues"])
        if (text_at(each, "venue") == venue) return number_at(each, "/" + std::string(name));
    throw std::runtime_error("the truth knows no such venue");
}

std::vector<Mock::Line> Mock::log() const {
    std::vector<Line> lines;
    std::istringstream text(admin("GET /log"));
    simdjson::dom::parser parser;
    for (std::string line; std::getline(text, line);) {
        const simdjson::dom::element each = parser.parse(line);
        lines.push_back({number_at(each, "/mono_ns"), text_at(each, "venue"),
                         text_at(each, "account"), text_at(each, "request"),
                         static_cast<int>(number_at(each, "/status"))});
    }
    return lines;
}

std::uint64_t unix_ms_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::string make_dir() {
    std::string name = "/tmp/ks-test.XXXXXX";
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    return name;
}

void remove_dir(const std::string& dir) {
    std::filesystem::remove_all(dir);
}

std::string bitopro_headers(const BitoproKey& key, std::uint64_t nonce_ms) {
    const std::string payload = base64("{\"identity\":\"" + key.identity +
                                       "\",\"nonce\":" + std::to_string(nonce_ms) + "}");
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    HMAC(EVP_sha384(), key.secret.data(), static_cast<int>(key.secret.size()),
         reinterpret_cast<const unsigned char*>(payload.data()), payload.size(), mac, &mac_bytes);
    return "X-BITOPRO-APIKEY: " + key.key + "\r\nX-BITOPRO-PAYLOAD: " + payload +
           "\r\nX-BITOPRO-SIGNATURE: " + hex(mac, mac_bytes) + "\r\n";
}

std::string coinswitch_headers(const CoinswitchKey& key, std::string_view message,
                               std::uint64_t epoch_ms) {
    const std::string epoch = std::to_string(epoch_ms);
    const std::string text = std::string(message) + epoch;
    unsigned char seed[32];
    for (std::size_t i = 0; i < sizeof seed; ++i)
        seed[i] =
            static_cast<unsigned char>(std::stoul(key.seed_hex.substr(2 * i, 2), nullptr, 16));
    EVP_PKEY* raw = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, sizeof seed);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    unsigned char signature[64];
    std::size_t signature_bytes = sizeof signature;
    EVP_DigestSignInit(context, nullptr, nullptr, nullptr, raw);
    EVP_DigestSign(context, signature, &signature_bytes,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(raw);
    return "Content-Type: application/json\r\nX-AUTH-APIKEY: " + key.public_hex +
           "\r\nX-AUTH-EPOCH: " + epoch +
           "\r\nX-AUTH-SIGNATURE: " + hex(signature, signature_bytes) + "\r\n";
}

}
