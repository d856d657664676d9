"""The environment variables that configure a deployment, under the names operators know."""

from pathlib import Path

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from onceproof.reference_impl import uris


class Settings(BaseSettings):
    """One process' configuration; times carry their unit in the name."""

    # An empty variable, as compose files make them, counts as unset.
    model_config = SettingsConfigDict(
        env_file=None, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    database_uri: str = Field(
        validation_alias=AliasChoices(
            "DATABASE_URI_CUSTOM", "POSTGRES_URI_CUSTOM", "DATABASE_URI", "POSTGRES_URI"
        )
    )
    redis_uri: str = Field(validation_alias=AliasChoices("REDIS_URI_CUSTOM", "REDIS_URI"))
    redis_key_prefix: str = Field("", validation_alias="REDIS_KEY_PREFIX")
    redis_cluster: bool = Field(False, validation_alias="REDIS_CLUSTER")
    config_path: Path = Field(Path("langgraph.json"), validation_alias="LANGGRAPH_CONFIG_PATH")

    jobs_per_worker: int = Field(10, ge=0, validation_alias="N_JOBS_PER_WORKER")
    max_attempts: int = Field(3, ge=1, validation_alias="BG_JOB_MAX_RETRIES")
    run_timeout_s: float = Field(3600, gt=0, validation_alias="BG_JOB_TIMEOUT_SECS")
    blocked_loop_limit_s: float = Field(60, ge=1, validation_alias="BLOCKED_LOOP_LIMIT_SECS")
    verify_state: bool = Field(False, validation_alias="VERIFY_STATE")
    shutdown_grace_s: float = Field(180, ge=0, validation_alias="BG_JOB_SHUTDOWN_GRACE_PERIOD_SECS")
    lease_ms: int = Field(10_000, ge=100, validation_alias="LEASE_MS")
    heartbeat_ms: int = Field(2_500, ge=20, validation_alias="HEARTBEAT_MS")
    sweep_ms: int = Field(2_500, ge=20, validation_alias="SWEEP_MS")
    webhook_timeout_s: float = Field(10, gt=0, validation_alias="WEBHOOK_TIMEOUT_SECS")
    poll_ms: int = Field(1_000, ge=10, validation_alias="POLL_MS")

    cron_poll_s: float = Field(5.0, gt=0, validation_alias="CRON_SCHEDULER_SLEEP_TIME")

    resumable_ttl_s: int = Field(120, ge=1, validation_alias="RESUMABLE_STREAM_TTL_SECONDS")
    max_event_bytes: int = Field(
        128 * 1024 * 1024, ge=1, validation_alias="MAX_STREAM_CHUNK_SIZE_BYTES"
    )
    keepalive_s: float = Field(5.0, gt=0, validation_alias="STREAM_KEEPALIVE_SECONDS")
    max_body_bytes: int = Field(
        8 * 1024 * 1024, ge=1, validation_alias="HTTP_MAX_REQUEST_BODY_BYTES"
    )
    pool_size: int = Field(33, ge=6, validation_alias="LANGGRAPH_POSTGRES_POOL_MAX_SIZE")
    mount_prefix: str | None = Field(None, validation_alias="MOUNT_PREFIX")
    cors_allow_origins: str | None = Field(None, validation_alias="CORS_ALLOW_ORIGINS")

    licence_key: str | None = Field(None, validation_alias="LANGGRAPH_CLOUD_LICENSE_KEY")
    beacon: str = Field(
        "https://beacon.langchain.com", validation_alias="LANGGRAPH_BEACON_ENDPOINT"
    )
    usage_interval_s: float = Field(300, gt=0, validation_alias="LANGGRAPH_USAGE_INTERVAL_SECS")

    _database_uri = field_validator("database_uri")(uris.postgres)
    _redis_uri = field_validator("redis_uri")(uris.redis)
