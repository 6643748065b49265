package io.doorward.auth;

import io.doorward.auth.engine.cache.CacheChecks;
import io.doorward.auth.engine.operation.BackgroundWork;
import io.doorward.auth.engine.operation.ConfigCheck;
import io.doorward.auth.engine.operation.Maintenance;

/** The parts that serve operators, as {@link AuthServiceBuilder#build} hands them over. */
record ServiceOperations(
    Maintenance maintenance,
    CacheChecks cacheChecks,
    ConfigCheck configCheck,
    BackgroundWork background) {}
