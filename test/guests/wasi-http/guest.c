/*
 * A guest that sends one HTTP request, written against the canonical ABI by hand and without a C library.
 *
 * A command is lines: method, scheme, authority, path, milliseconds to the first byte ("-": none), headers as
 * "name: value", trailers as "+name: value" and, after an empty line, the body. A vertical tab in a line is a line
 * feed there. The answer is "status", a line end and the body, or
 * "step: error number".
 */
#include <stdint.h>

typedef int32_t handle;
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define HTTP "wasi:http/types@0.2.0"
#define IO "wasi:io/streams@0.2.0"

/* Results are written to memory: the case at 0, its payload where its alignment puts it. */
typedef union {
  uint8_t bytes[64];
  uint32_t words[16];
} result;

IMPORT(HTTP, "[constructor]fields") handle new_fields(void);
IMPORT(HTTP, "[method]fields.append")
void append(handle, const char *, int, const char *, int, result *);
IMPORT(HTTP, "[constructor]outgoing-request") handle new_request(handle fields);
IMPORT(HTTP, "[method]outgoing-request.set-method") int set_method(handle, int method, const char *, int);
IMPORT(HTTP, "[method]outgoing-request.set-scheme") int set_scheme(handle, int some, int scheme, const char *, int);
IMPORT(HTTP, "[method]outgoing-request.set-authority") int set_authority(handle, int some, const char *, int);
IMPORT(HTTP, "[method]outgoing-request.set-path-with-query") int set_path(handle, int some, const char *, int);
IMPORT(HTTP, "[method]outgoing-request.body") void request_body(handle, result *);
IMPORT(HTTP, "[method]outgoing-body.write") void body_write(handle, result *);
IMPORT(HTTP, "[static]outgoing-body.finish") void finish_body(handle, int some, handle trailers, result *);
IMPORT(HTTP, "[constructor]request-options") handle new_options(void);
IMPORT(HTTP, "[method]request-options.set-first-byte-timeout") int set_first_byte(handle, int some, uint64_t ns);
IMPORT("wasi:http/outgoing-handler@0.2.0", "handle") void send(handle, int some, handle options, result *);
IMPORT(HTTP, "[method]future-incoming-response.subscribe") handle subscribe(handle);
IMPORT(HTTP, "[method]future-incoming-response.get") void get_response(handle, result *);
IMPORT(HTTP, "[method]incoming-response.status") int get_status(handle);
IMPORT(HTTP, "[method]incoming-response.consume") void consume(handle, result *);
IMPORT(HTTP, "[method]incoming-body.stream") void body_stream(handle, result *);
IMPORT(HTTP, "http-error-code") void http_error_code(handle, result *);
IMPORT("wasi:io/poll@0.2.0", "[method]pollable.block") void block(handle);
IMPORT("wasi:io/poll@0.2.0", "[resource-drop]pollable") void drop_pollable(handle);
IMPORT(IO, "[method]input-stream.blocking-read") void blocking_read(handle, uint64_t, result *);
IMPORT(IO, "[method]output-stream.blocking-write-and-flush") void blocking_write(handle, const char *, int, result *);
IMPORT(IO, "[resource-drop]output-stream") void drop_output(handle);

static char heap[8 << 20];
static uint32_t used;
static char answer[1 << 20];
static uint32_t answered;
static struct {
  char *bytes;
  uint32_t length;
} returned;

__attribute__((export_name("cabi_realloc"))) void *allocate(void *old, uint32_t old_size, uint32_t align, uint32_t size) {
  (void)old, (void)old_size;
  used = (used + align - 1) & -align;
  if (used + size > sizeof heap) __builtin_trap();
  used += size;
  return heap + used - size;
}

static void say_bytes(const char *bytes, uint32_t length) {
  for (uint32_t i = 0; i < length && answered < sizeof answer; i++) answer[answered++] = bytes[i];
}

static void say(const char *text) {
  for (; *text; text++) say_bytes(text, 1);
}

static void say_number(uint32_t number) {
  if (number >= 10) say_number(number / 10);
  say_bytes(&"0123456789"[number % 10], 1);
}

static int failed(const char *step, uint32_t error) {
  say(step);
  say(": ");
  say_number(error);
  return 1;
}

/* One line of the command; its end is overwritten. */
static char *next_line(char **rest, char *end, int *length) {
  char *line = *rest, *at = line;
  while (at < end && *at != '\n') at++;
  *length = at - line;
  for (char *each = line; each < at; each++)
    if (*each == '\v') *each = '\n';
  *rest = at < end ? at + 1 : end;
  return line;
}

static int method_of(const char *name, int length) {
  static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT"};
  for (int i = 0; i < 6; i++) {
    int same = 0;
    while (same < length && names[i][same] == name[same]) same++;
    if (same == length && names[i][same] == 0) return i;
  }
  return 9;
}

static int write_body(handle request, const char *bytes, int length, handle trailers) {
  result out;
  request_body(request, &out);
  if (out.bytes[0]) return failed("body", 0);
  handle body = out.words[1];
  body_write(body, &out);
  handle stream = out.words[1];
  while (length > 0) {
    int part = length < 4096 ? length : 4096;
    blocking_write(stream, bytes, part, &out);
    if (out.bytes[0]) return failed("write", out.bytes[4]);
    bytes += part, length -= part;
  }
  drop_output(stream);
  finish_body(body, trailers != 0, trailers, &out);
  return out.bytes[0] ? failed("finish", out.bytes[8]) : 0;
}

static int read_body(handle response) {
  result out;
  consume(response, &out);
  handle body = out.words[1];
  body_stream(body, &out);
  handle stream = out.words[1];
  for (;;) {
    used = 0;
    blocking_read(stream, 65536, &out);
    if (!out.bytes[0]) {
      say_bytes((char *)out.words[1], out.words[2]);
    } else if (out.bytes[4] == 1) {
      return 0; /* closed */
    } else {
      http_error_code(out.words[2], &out);
      answered = 0;
      return failed("read", out.bytes[0] ? out.bytes[8] : 99);
    }
  }
}

static uint64_t number_of(const char *digits, int length) {
  uint64_t number = 0;
  for (int i = 0; i < length; i++) number = number * 10 + (digits[i] - '0');
  return number;
}

static int run(char *rest, char *end) {
  result out;
  int length;
  char *method = next_line(&rest, end, &length);
  int method_length = length;
  char *scheme = next_line(&rest, end, &length);
  int is_https = length == 5;
  int authority_length, path_length, timeout_length;
  char *authority = next_line(&rest, end, &authority_length);
  char *path = next_line(&rest, end, &path_length);
  char *timeout = next_line(&rest, end, &timeout_length);
  (void)scheme;
  handle fields = new_fields(), trailers = 0;
  for (char *line; line = next_line(&rest, end, &length), length > 0;) {
    handle to = fields;
    if (line[0] == '+') {
      if (!trailers) trailers = new_fields();
      to = trailers, line++, length--;
    }
    int colon = 0;
    while (colon < length && line[colon] != ':') colon++;
    append(to, line, colon, line + colon + 2, length - colon - 2, &out);
    if (out.bytes[0]) return failed("append", out.bytes[1]);
  }
  handle request = new_request(fields);
  if (set_method(request, method_of(method, method_length), method, method_length)) return failed("set-method", 0);
  if (set_scheme(request, 1, is_https, 0, 0)) return failed("set-scheme", 0);
  if (set_authority(request, 1, authority, authority_length)) return failed("set-authority", 0);
  if (set_path(request, 1, path, path_length)) return failed("set-path", 0);
  if (rest < end && write_body(request, rest, end - rest, trailers)) return 1;
  handle options = new_options();
  if (timeout[0] != '-') set_first_byte(options, 1, number_of(timeout, timeout_length) * 1000000);
  send(request, 1, options, &out);
  if (out.bytes[0]) return failed("handle", out.bytes[8]);
  handle future = out.words[2];
  handle ready = subscribe(future);
  block(ready);
  drop_pollable(ready);
  get_response(future, &out);
  if (!out.bytes[0] || out.bytes[8]) return failed("get", 99);
  if (out.bytes[16]) return failed("response", out.bytes[24]);
  handle response = out.words[6];
  say_number(get_status(response));
  say("\n");
  return read_body(response);
}

__attribute__((export_name("sandpiper:probe/probe#run"))) void *probe_run(char *bytes, uint32_t length) {
  run(bytes, bytes + length);
  returned.bytes = answer;
  returned.length = answered;
  return &returned;
}
