package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Operations.CacheCheckRequest;
import io.doorward.auth.Operations.CacheCheckResult;
import io.doorward.auth.Operations.CleanUpResult;
import io.doorward.auth.Operations.InvalidationBacklogResult;
import io.doorward.auth.Operations.KeyReloadResult;
import io.doorward.auth.Operations.ServiceHealth;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.cache.CacheChecks;
import io.doorward.auth.engine.operation.ConfigCheck;
import io.doorward.auth.engine.operation.KeyReload;
import io.doorward.auth.engine.operation.Maintenance;
import io.doorward.auth.key.JwkSet;
import io.doorward.auth.key.KeyRing;
import java.util.Optional;
import java.util.function.Consumer;

/** Checks arguments and hands each call to the part that runs it. */
final class OperationsDoor implements Operations {
  private final ConfigCheck configCheck;
  private final Maintenance maintenance;
  private final CacheChecks cacheChecks;
  private final KeyRing keys;
  private final Optional<KeyReload> reload;
  private final Lifecycle lifecycle;

  OperationsDoor(
      ConfigCheck configCheck,
      Maintenance maintenance,
      CacheChecks cacheChecks,
      KeyRing keys,
      Optional<KeyReload> reload,
      Lifecycle lifecycle) {
    this.configCheck = configCheck;
    this.maintenance = maintenance;
    this.cacheChecks = cacheChecks;
    this.keys = keys;
    this.reload = reload;
    this.lifecycle = lifecycle;
  }

  @Override
  public ServiceHealth health() {
    lifecycle.requireOpen();
    return configCheck.health();
  }

  @Override
  public ServiceHealth inspect(Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(deadline, "deadline");
    return configCheck.inspect(deadline);
  }

  @Override
  public JwkSet publicKeys() {
    lifecycle.requireOpen();
    return keys.jwks();
  }

  @Override
  public KeyReloadResult reloadKeys() {
    lifecycle.requireOpen();
    return reload
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "there is no key source: set AuthServiceBuilder.keySource"))
        .reload();
  }

  @Override
  public CleanUpResult cleanUp(int max, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(deadline, "deadline");
    return maintenance.cleanUp(max, deadline);
  }

  @Override
  public boolean relayInvalidations(Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(deadline, "deadline");
    return maintenance.relayAllInvalidations(deadline);
  }

  @Override
  public InvalidationBacklogResult invalidationBacklog(Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(deadline, "deadline");
    return maintenance.backlog(deadline);
  }

  @Override
  public CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(request, "request");
    requireNonNull(deadline, "deadline");
    return cacheChecks.checkCaches(request, deadline);
  }

  @Override
  public CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(request, "request");
    requireNonNull(progress, "progress");
    requireNonNull(deadline, "deadline");
    return cacheChecks.checkAllCaches(request, progress, deadline);
  }
}
