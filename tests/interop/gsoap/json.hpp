// Writes texts for JSON.

#pragma once

#include <cstdio>
#include <string>

inline std::string quoted(const std::string &value) {
    std::string written = "\"";
    for (unsigned char each : value) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", each);
        if (each < ' ' || each == '"' || each == '\\')
            written += escaped;
        else
            written += static_cast<char>(each); // UTF-8 stays as it is
    }
    return written + '"';
}

inline std::string quoted(const std::string *value) { return value ? quoted(*value) : "null"; }
