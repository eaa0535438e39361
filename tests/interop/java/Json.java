import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes JSON: maps, lists, texts, numbers and truth values. */
final class Json {
    /** One object of names and values that follow each other. */
    static String object(Object... pairs) {
        return text(map(pairs));
    }

    static Map<String, Object> map(Object... pairs) {
        Map<String, Object> made = new LinkedHashMap<>();
        for (int at = 0; at < pairs.length; at += 2) made.put((String) pairs[at], pairs[at + 1]);
        return made;
    }

    static String text(Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return String.valueOf(value);
        }
        StringBuilder written = new StringBuilder();
        if (value instanceof Map<?, ?> map) {
            Iterator<?> keys = map.keySet().iterator();
            while (keys.hasNext()) {
                Object key = keys.next();
                written.append(text(key)).append(": ").append(text(map.get(key)));
                if (keys.hasNext()) written.append(", ");
            }
            return "{" + written + "}";
        }
        if (value instanceof List<?> list) {
            for (Object each : list) written.append(written.isEmpty() ? "" : ", ").append(text(each));
            return "[" + written + "]";
        }
        for (char each : String.valueOf(value).toCharArray()) {
            // Everything but plain ASCII is escaped: no code page of a console can spoil it.
            boolean plain = each >= ' ' && each < 127 && each != '"' && each != '\\';
            written.append(plain ? String.valueOf(each) : String.format("\\u%04x", (int) each));
        }
        return '"' + written.toString() + '"';
    }
}
