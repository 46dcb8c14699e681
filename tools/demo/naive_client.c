/* ks-naive-client: what everyone does today. It connects when the risk system has decided, sends
 * one cancel-all, reads "200 OK" and calls it done. Only the demo uses it, to show what that
 * misses.
 *
 *     ksctl request ... | ks-naive-client 127.0.0.1:8443 api.bitopro.com ca.pem
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES_MAX = 4096, EXIT_FAILED = 1, EXIT_USAGE = 64 };

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* "127.0.0.1:8443"; -1 when nothing listens there. */
static int connect_to(const char* address) {
    char ip[64];
    unsigned port = 0;
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (sscanf(address, "%63[0-9.]:%u", ip, &port) != 2 ||
        inet_pton(AF_INET, ip, &to.sin_addr) != 1)
        return -1;
    to.sin_port = htons((uint16_t)port);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr*)&to, sizeof to) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static SSL* shake_hands(SSL_CTX* context, int fd, const char* host) {
    SSL* const tls = SSL_new(context);
    if (!tls) return NULL;
    const int is_up = SSL_set_tlsext_host_name(tls, host) == 1 && SSL_set1_host(tls, host) == 1 &&
                      SSL_set_fd(tls, fd) == 1 && SSL_connect(tls) == 1;
    if (is_up) return tls;
    SSL_free(tls);
    return NULL;
}

/* Sends the request and prints the answer's first line. */
static int ask(SSL* tls, const char* request, size_t request_bytes, double began_ms) {
    char answer[REQUEST_BYTES_MAX];
    size_t got = 0;
    if (SSL_write(tls, request, (int)request_bytes) <= 0 ||
        SSL_read_ex(tls, answer, sizeof answer - 1, &got) != 1)
        return EXIT_FAILED;
    answer[got] = 0;
    answer[strcspn(answer, "\r\n")] = 0;
    printf("%s at %.0f ms, done.\n", answer, now_ms() - began_ms);
    return strncmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : EXIT_FAILED;
}

int main(int count, char** words) {
    char request[REQUEST_BYTES_MAX];
    if (count != 4) {
        fputs("usage: ks-naive-client IP:PORT HOST CA_FILE < REQUEST\n", stderr);
        return EXIT_USAGE;
    }
    const size_t request_bytes = fread(request, 1, sizeof request, stdin);
    const double began_ms = now_ms();
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_load_verify_locations(context, words[3], NULL) != 1) return EXIT_FAILED;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    const int fd = connect_to(words[1]);
    SSL* const tls = fd < 0 ? NULL : shake_hands(context, fd, words[2]);
    const int code = tls ? ask(tls, request, request_bytes, began_ms) : EXIT_FAILED;
    if (code == EXIT_FAILED) fputs("ks-naive-client: no answer\n", stderr);
    SSL_free(tls);
    SSL_CTX_free(context);
    if (fd >= 0) close(fd);
    return code;
}
