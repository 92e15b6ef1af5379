"""One face for the three client libraries, so that each test is written once."""

from .aio import Aiokafka
from .confluent import Confluent
from .contract import Admin, Client, FullAdmin, Member, Record, TransactionalProducer, values
from .kafka_python import KafkaPython

__all__ = [
    "CLIENTS",
    "Admin",
    "Aiokafka",
    "Client",
    "Confluent",
    "FullAdmin",
    "KafkaPython",
    "Member",
    "Record",
    "TransactionalProducer",
    "values",
]

CLIENTS: tuple[Client, ...] = (Confluent(), KafkaPython(), Aiokafka())
