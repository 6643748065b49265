package io.doorward.auth.redis.consistency;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Goes through all worlds of a model that fits into memory, in the order of their distance. */
final class Exploration {
  private Exploration() {}

  /** A step: what to say of it, the world afterwards, and what it broke. */
  record Step<W, B>(String text, W after, @Nullable B broken) {}

  /** What was found: how many states, and the shortest way to what was broken. */
  record Result<B>(int states, @Nullable B broken, List<String> trace) {}

  /** Goes everywhere, breadth first, or to the first step that breaks something. */
  static <W, B> Result<B> explore(W start, Function<W, List<Step<W, B>>> steps) {
    Map<W, Integer> ids = new HashMap<>();
    List<Integer> parents = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    ArrayDeque<W> open = new ArrayDeque<>();
    ids.put(start, 0);
    parents.add(-1);
    texts.add("");
    open.add(start);
    for (int id = 0; !open.isEmpty(); id++) {
      for (Step<W, B> step : steps.apply(open.remove())) {
        if (step.broken() != null) {
          List<String> trace = new ArrayList<>(List.of(step.text()));
          for (int at = id; at > 0; at = parents.get(at)) {
            trace.add(texts.get(at));
          }
          Collections.reverse(trace);
          return new Result<>(ids.size(), step.broken(), trace);
        }
        if (ids.putIfAbsent(step.after(), ids.size()) == null) {
          parents.add(id);
          texts.add(step.text());
          open.add(step.after());
        }
      }
    }
    return new Result<>(ids.size(), null, List.of());
  }
}
