package io.doorward.auth.event;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An event as one line of text; {@link AuditLog} says of what form. Used by one thread. */
final class AuditLine {
  private static final int MAX_VALUE = 128;
  private static final int MAX_ELEMENTS = 16;
  private static final int MAX_LINE = 4096;

  /** Of a set that is larger than this it is left to chance which elements are shown. */
  private static final int MAX_SORTED = 256;

  private static final String ABSENT = "-";
  private static final String CUT = "~";
  private static final String UNREADABLE = "(unreadable)";

  /** Stand for themselves, beside letters and digits of ASCII. */
  private static final String PLAIN = "_.:/-@+,";

  /** Stand for themselves inside quotes only. */
  private static final String QUOTED = " ;()'#*!?";

  private static final HexFormat HEX = HexFormat.of();

  /** The readable components of a type; none of what is no record. */
  private static final ClassValue<List<Method>> ACCESSORS =
      new ClassValue<>() {
        @Override
        protected List<Method> computeValue(Class<?> type) {
          return type.isRecord()
              ? Stream.of(type.getRecordComponents())
                  .map(RecordComponent::getAccessor)
                  .filter(Method::trySetAccessible)
                  .toList()
              : List.of();
        }
      };

  private static final List<Class<?>> OURS =
      List.of(AccessEvent.class, AccountEvent.class, ServiceEvent.class);

  private final StringBuilder line = new StringBuilder(200);

  private AuditLine() {}

  static String of(AuthEvent event) {
    AuditLine line = new AuditLine();
    line.add("event", valueOf(name(event.getClass())));
    for (Method accessor : ACCESSORS.get(event.getClass())) {
      if (!line.add(accessor.getName(), read(accessor, event))) {
        return line.line.append(' ').append(CUT).toString();
      }
    }
    return line.line.toString();
  }

  /** An application's event cannot pass for one of ours: its package is part of its name. */
  private static String name(Class<?> type) {
    Class<?> topic = type.getEnclosingClass();
    return topic != null && OURS.contains(topic)
        ? type.getSimpleName()
        : type.getName().replace('$', '.');
  }

  /** Adds one pair; false if the line has no room for it and for the mark that it was cut. */
  private boolean add(String name, String value) {
    String pair = (line.isEmpty() ? "" : " ") + new Value().text(name, "").unquoted() + "=" + value;
    if (line.length() + pair.length() > MAX_LINE - 1 - CUT.length()) {
      return false;
    }
    line.append(pair);
    return true;
  }

  private static String read(Method accessor, AuthEvent event) {
    try {
      return valueOf(accessor.invoke(event));
    } catch (IllegalAccessException | InvocationTargetException | RuntimeException e) {
      return valueOf(UNREADABLE);
    }
  }

  private static String valueOf(@Nullable Object value) {
    Object content = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    if (content == null) {
      return ABSENT;
    }
    if (content instanceof Collection<?> collection) {
      return elements(collection);
    }
    if (content instanceof Map<?, ?> map) {
      return entries(map);
    }
    String text = text(content);
    // What only looks as if it were absent is quoted.
    return text.equals(ABSENT) ? '"' + text + '"' : new Value().text(text, "").toString();
  }

  private static String elements(Collection<?> collection) {
    Stream<String> texts = collection.stream().limit(MAX_SORTED).map(AuditLine::text);
    List<String> shown = (collection instanceof Set ? texts.sorted() : texts).toList();
    Value value = new Value();
    for (String text : shown.subList(0, Math.min(shown.size(), MAX_ELEMENTS))) {
      value.separate(",").text(text, ",");
    }
    return value.cutIf(shown.size() > MAX_ELEMENTS).toString();
  }

  private static String entries(Map<?, ?> map) {
    List<Map.Entry<String, String>> shown =
        map.entrySet().stream()
            .limit(MAX_SORTED)
            .map(entry -> Map.entry(text(entry.getKey()), text(entry.getValue())))
            .sorted(Map.Entry.comparingByKey())
            .toList();
    Value value = new Value();
    for (Map.Entry<String, String> entry : shown.subList(0, Math.min(shown.size(), MAX_ELEMENTS))) {
      value.separate(",").text(entry.getKey(), ",:").raw(":").text(entry.getValue(), ",");
    }
    return value.cutIf(shown.size() > MAX_ELEMENTS).toString();
  }

  /** The text of what is known to hold no secret; of anything else the name of its type. */
  private static String text(@Nullable Object value) {
    if (value == null) {
      return ABSENT;
    }
    if (value instanceof AuthEvent.Part part) {
      return part.text();
    }
    if (value instanceof Enum<?> constant) {
      return constant.name();
    }
    boolean isHarmless =
        value instanceof String
            || (value instanceof Number
                && value.getClass().getPackage() == Number.class.getPackage())
            || value instanceof Boolean
            || value instanceof Duration
            || value instanceof Instant
            || value instanceof UUID
            || value instanceof AccountId
            || value instanceof SessionId
            || value instanceof OperationId;
    return isHarmless ? value.toString() : "(" + value.getClass().getSimpleName() + ")";
  }

  /** One value on its way into the line: already escaped, not yet quoted. */
  private static final class Value {
    private final StringBuilder escaped = new StringBuilder();
    private boolean needsQuotes;

    /** Adds a text, cut where it is too long; {@code reserved} are separators around it. */
    Value text(String text, String reserved) {
      int end = Math.min(text.length(), MAX_VALUE);
      for (int i = 0; i < end; i++) {
        char c = text.charAt(i);
        if (isPlain(c) && reserved.indexOf(c) < 0) {
          escaped.append(c);
        } else {
          needsQuotes = true;
          if (QUOTED.indexOf(c) >= 0) {
            escaped.append(c);
          } else {
            escaped.append("\\u").append(HEX.toHexDigits(c));
          }
        }
      }
      return cutIf(text.length() > MAX_VALUE);
    }

    Value raw(String separator) {
      escaped.append(separator);
      return this;
    }

    Value separate(String separator) {
      return escaped.isEmpty() ? this : raw(separator);
    }

    Value cutIf(boolean wasCut) {
      return wasCut ? raw(CUT) : this;
    }

    /** For names, which Java allows no blank and no quote in. */
    String unquoted() {
      return escaped.toString();
    }

    @Override
    public String toString() {
      return needsQuotes || escaped.isEmpty() ? '"' + escaped.toString() + '"' : escaped.toString();
    }

    private static boolean isPlain(char c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || PLAIN.indexOf(c) >= 0;
    }
  }
}
