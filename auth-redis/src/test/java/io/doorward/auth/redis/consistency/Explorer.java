package io.doorward.auth.redis.consistency;

import io.doorward.auth.redis.consistency.Protocol.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Goes through the worlds of a protocol: all of them, breadth first, or at random. */
final class Explorer {
  private static final int LONGEST_WALK = 200;

  private final Protocol protocol;

  Explorer(Protocol protocol) {
    this.protocol = protocol;
  }

  /**
   * What was found.
   *
   * @param states different ones; 0 of random walks, which do not count them
   * @param transitions taken
   * @param law the first that was broken; null: none
   * @param trace the steps to it; breadth first: no shorter one breaks a law
   */
  record Result(int states, long transitions, @Nullable Law law, List<String> trace) {}

  /** Goes everywhere, or to the first step that breaks any law. */
  Result all() {
    return until(EnumSet.allOf(Law.class));
  }

  /** Goes everywhere, or to the first step that breaks this law, by one of the shortest ways. */
  Result until(Law law) {
    return until(EnumSet.of(law));
  }

  private Result until(Set<Law> laws) {
    Map<String, Integer> ids = new HashMap<>();
    Parents parents = new Parents();
    ArrayDeque<World> open = new ArrayDeque<>();
    World start = protocol.start();
    ids.put(start.name(), 0);
    parents.add(-1);
    open.add(start);
    long transitions = 0;
    // Worlds leave the queue in the order in which they were numbered.
    for (int id = 0; !open.isEmpty(); id++) {
      for (Step step : protocol.steps(open.remove())) {
        transitions++;
        World after = step.after();
        if (after.broken != null && laws.contains(after.broken)) {
          List<String> trace = trace(ids, parents, id);
          trace.add(step.text().get());
          return new Result(ids.size(), transitions, after.broken, trace);
        }
        if (ids.putIfAbsent(after.name(), ids.size()) == null) {
          parents.add(id);
          open.add(after);
        }
      }
    }
    return new Result(ids.size(), transitions, null, List.of());
  }

  /** Walks the way again, from the start to a world, and writes down its steps. */
  private List<String> trace(Map<String, Integer> ids, Parents parents, int last) {
    List<Integer> way = new ArrayList<>();
    for (int id = last; id > 0; id = parents.of(id)) {
      way.add(id);
    }
    Collections.reverse(way);
    List<String> trace = new ArrayList<>();
    World world = protocol.start();
    for (int id : way) {
      for (Step step : protocol.steps(world)) {
        if (Integer.valueOf(id).equals(ids.get(step.after().name()))) {
          trace.add(step.text().get());
          world = step.after();
          break;
        }
      }
    }
    return trace;
  }

  /** Takes so many walks, each until nothing is left to do or it is long; one seed, one result. */
  Result atRandom(long seed, int walks) {
    SplittableRandom random = new SplittableRandom(seed);
    long transitions = 0;
    for (int walk = 0; walk < walks; walk++) {
      World world = protocol.start();
      List<Step> steps = protocol.steps(world);
      List<String> trace = new ArrayList<>();
      // A fence that stays pending may be sent again for ever.
      while (!steps.isEmpty() && trace.size() < LONGEST_WALK) {
        Step step = steps.get(random.nextInt(steps.size()));
        trace.add(step.text().get());
        transitions++;
        world = step.after();
        if (world.broken != null) {
          return new Result(0, transitions, world.broken, trace);
        }
        steps = protocol.steps(world);
      }
    }
    return new Result(0, transitions, null, List.of());
  }

  /** From where each world was reached first. */
  private static final class Parents {
    private int[] of = new int[1 << 10];
    private int size;

    void add(int parent) {
      if (size == of.length) {
        of = Arrays.copyOf(of, 2 * size);
      }
      of[size++] = parent;
    }

    int of(int id) {
      return of[id];
    }
  }
}
