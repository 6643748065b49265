package io.doorward.auth.testkit;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** A server in a container. Its port on the host stays the same over a restart. */
final class ContainerProcess implements ServerProcess {
  private final GenericContainer<?> container;
  private final int port;
  private State state = State.RUNNING;

  private enum State {
    RUNNING,
    PAUSED,
    STOPPED
  }

  private ContainerProcess(GenericContainer<?> container, int port) {
    this.container = container;
    this.port = port;
  }

  static ContainerProcess postgres(String password) {
    return launch(
        new GenericContainer<>(DockerImageName.parse("postgres:18-alpine"))
            .withEnv("POSTGRES_PASSWORD", password)
            .withCommand(
                "postgres",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=300",
                "-c",
                "max_prepared_transactions=10")
            // The official image starts a first, private server to initialise the data.
            .waitingFor(Wait.forLogMessage(".*ready to accept connections.*", 2)),
        5432);
  }

  static ContainerProcess redis() {
    return launch(
        new GenericContainer<>(DockerImageName.parse("redis:8-alpine"))
            .withCommand(
                "redis-server",
                "--bind",
                "0.0.0.0",
                "--protected-mode",
                "no",
                "--dir",
                "/tmp",
                "--save",
                "",
                "--appendonly",
                "no")
            .waitingFor(Wait.forLogMessage(".*eady to accept connections.*", 1)),
        6379);
  }

  private static ContainerProcess launch(GenericContainer<?> container, int inside) {
    int port = TestPorts.take();
    container.setPortBindings(List.of(port + ":" + inside));
    container.start();
    ContainerProcess process = new ContainerProcess(container, port);
    Processes.closeAtExit(process);
    return process;
  }

  @Override
  public String host() {
    return container.getHost();
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public void start() {
    if (state != State.STOPPED) {
      throw new IllegalStateException("this container runs already");
    }
    engine().startContainerCmd(container.getContainerId()).exec();
    state = State.RUNNING;
  }

  @Override
  public void stop() {
    resume();
    if (state == State.RUNNING) {
      engine().stopContainerCmd(container.getContainerId()).withTimeout(10).exec();
      state = State.STOPPED;
    }
  }

  @Override
  public void kill() {
    resume();
    if (state == State.RUNNING) {
      engine().killContainerCmd(container.getContainerId()).exec();
      state = State.STOPPED;
    }
  }

  @Override
  public void pause() {
    if (state == State.RUNNING) {
      engine().pauseContainerCmd(container.getContainerId()).exec();
      state = State.PAUSED;
    }
  }

  @Override
  public void resume() {
    if (state == State.PAUSED) {
      engine().unpauseContainerCmd(container.getContainerId()).exec();
      state = State.RUNNING;
    }
  }

  @Override
  public void forgetDump() {
    try {
      container.execInContainer("rm", "-f", "/tmp/dump.rdb");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while deleting a dump", e);
    }
  }

  @Override
  public void close() {
    Processes.closed(this);
    resume();
    container.stop();
  }

  private DockerClient engine() {
    return container.getDockerClient();
  }
}
