/** The core's one door to outside code. */
import * as diagnosticsChannel from 'node:diagnostics_channel';
import * as events from 'node:events';
import * as net from 'node:net';
import * as os from 'node:os';
import { performance } from 'node:perf_hooks';
import { EventEmitter } from 'eventemitter3';

export { diagnosticsChannel, EventEmitter, events, net, os, performance };
