"""Graph → Plan: the facts of every node's sound. A plan is a value: no threads, and nothing is set on it."""

from audiograph.plan.plan import BLOCK, LIVE_BLOCK, RATE, Plan

__all__ = ["BLOCK", "LIVE_BLOCK", "RATE", "Plan"]
