package io.doorward.auth.micrometer;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Makes one event of every type that the library has, so that no new one is forgotten. */
final class EventSamples {
  private EventSamples() {}

  /** Every event with this text wherever a text may stand. */
  static List<AuthEvent> all(String text) {
    return Stream.of(AccessEvent.class, AccountEvent.class, ServiceEvent.class)
        .flatMap(topic -> Stream.of(topic.getDeclaredClasses()))
        .filter(AuthEvent.class::isAssignableFrom)
        .map(type -> sample(type, text))
        .toList();
  }

  private static AuthEvent sample(Class<?> type, String text) {
    List<Class<?>> types = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      types.add(component.getType());
      values.add(value(component.getGenericType(), text));
    }
    try {
      return (AuthEvent)
          type.getDeclaredConstructor(types.toArray(Class<?>[]::new)).newInstance(values.toArray());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no sample of " + type, e);
    }
  }

  private static Object value(Type type, String text) {
    if (type instanceof ParameterizedType generic) {
      Object first = value(generic.getActualTypeArguments()[0], text);
      if (generic.getRawType() == Optional.class) {
        return Optional.of(first);
      }
      if (generic.getRawType() == Set.class) {
        return Set.of(first);
      }
      if (generic.getRawType() == Map.class) {
        return Map.of(first, value(generic.getActualTypeArguments()[1], text));
      }
      if (generic.getRawType() == List.class) {
        return List.of(first);
      }
      throw new AssertionError("teach this class to make a " + type);
    }
    Class<?> raw = (Class<?>) type;
    if (raw.isEnum()) {
      return raw.getEnumConstants()[0];
    }
    Object known =
        Map.<Class<?>, Object>of(
                AccountId.class,
                AccountId.random(),
                SessionId.class,
                SessionId.random(),
                String.class,
                text,
                Duration.class,
                Duration.ofSeconds(1),
                boolean.class,
                true,
                int.class,
                1,
                long.class,
                1L)
            .get(raw);
    if (known == null) {
      throw new AssertionError("teach this class to make a " + type);
    }
    return known;
  }
}
