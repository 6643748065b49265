package io.doorward.auth.spring.boot;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;

/** The names of the properties below a prefix, as a record and those in it declare them. */
final class KnownNames {
  private static final String INDEX = "[0]";
  private static final String ANY = "*";

  /** Stands for a dot inside the key of a map, which only brackets keep together. */
  private static final char INNER_DOT = '\u00b7';

  /** In the form that is shown: {@code doorward.web.rules[0].paths}. */
  private final List<String> shown = new ArrayList<>();

  private KnownNames() {}

  static KnownNames of(String prefix, Class<? extends Record> properties) {
    KnownNames names = new KnownNames();
    names.add(prefix, properties);
    return names;
  }

  /** Returns all of them in the form that is shown. */
  List<String> shown() {
    return List.copyOf(shown);
  }

  private void add(String prefix, Class<?> properties) {
    for (RecordComponent component : properties.getRecordComponents()) {
      String name = prefix + '.' + kebab(component.getName());
      Class<?> type = component.getType();
      if (type.isRecord()) {
        add(name, type);
      } else if (Map.class.isAssignableFrom(type)) {
        // In YAML an empty map or list is a text without characters.
        shown.add(name);
        if (argument(component, 1).isRecord()) {
          add(name + '.' + ANY, argument(component, 1));
        } else {
          shown.add(name + '.' + ANY);
        }
      } else if (List.class.isAssignableFrom(type) && argument(component, 0).isRecord()) {
        shown.add(name);
        add(name + INDEX, argument(component, 0));
      } else {
        shown.add(name);
      }
    }
  }

  /** Returns what a list or a map is of. */
  private static Class<?> argument(RecordComponent collection, int number) {
    Type[] arguments = ((ParameterizedType) collection.getGenericType()).getActualTypeArguments();
    return (Class<?>) arguments[number];
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** Tells whether a property is one of these, or an element of one that is a list. */
  boolean contains(ConfigurationPropertyName name) {
    String uniform = uniform(name);
    String list = uniform.replaceAll("\\[\\]$", "");
    return shown.stream()
        .map(KnownNames::uniform)
        .anyMatch(known -> covers(known, uniform) || covers(known, list));
  }

  /**
   * The key of a map stands where the known name has an asterisk. Without brackets it may have dots
   * only where nothing follows it: what follows is else no property of the key's value.
   */
  private static boolean covers(String known, String name) {
    int key = known.indexOf(ANY);
    if (key < 0) {
      return known.equals(name);
    }
    String after = known.substring(key + ANY.length());
    int end = name.length() - after.length();
    return end > key
        && name.startsWith(known.substring(0, key))
        && name.endsWith(after)
        && (after.isEmpty() || name.substring(key, end).indexOf('.') < 0);
  }

  /**
   * Returns the name that resembles a text most, of those that share at least half of it.
   *
   * @param name as it was written
   */
  Optional<String> nearest(String name) {
    String plain = uniform(name);
    return shown.stream()
        .filter(known -> !known.contains(ANY))
        .min(Comparator.comparingInt(known -> distance(plain, uniform(known))))
        .filter(known -> distance(plain, uniform(known)) <= Math.max(2, tail(plain).length() / 2));
  }

  private static String tail(String name) {
    return name.substring(name.indexOf('.') + 1);
  }

  private static String uniform(ConfigurationPropertyName name) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < name.getNumberOfElements(); i++) {
      if (name.isNumericIndex(i)) {
        text.append("[]");
      } else {
        String element = name.getElement(i, Form.UNIFORM);
        text.append(i == 0 ? "" : ".").append(element.replace('.', INNER_DOT));
      }
    }
    return text.toString();
  }

  /** Without dashes, case and the numbers of elements, as names are compared. */
  private static String uniform(String name) {
    return name.replaceAll("\\[\\d+\\]", "[]").replace("-", "").toLowerCase(Locale.ROOT);
  }

  /** How many letters have to be changed, added or removed (Levenshtein). */
  private static int distance(String from, String to) {
    int[] before = new int[to.length() + 1];
    Arrays.setAll(before, i -> i);
    for (int i = 1; i <= from.length(); i++) {
      int[] now = new int[to.length() + 1];
      now[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int changed = before[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        now[j] = Math.min(changed, 1 + Math.min(before[j], now[j - 1]));
      }
      before = now;
    }
    return before[to.length()];
  }
}
